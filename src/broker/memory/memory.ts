import type { Code, ErrorCode } from '../../errors.ts';
import { DEAD_NAME, DISP, NULL_NAME, type RightSpec } from '../../kernel/index.ts';
import { SendRight, type Task, type XpArrival } from '../../task/index.ts';
import { mostOpenFiles } from '../../os/open-files.ts';
import type { SleepEffect, Vm } from '../../vm/index.ts';
import type { Words } from '../../vm/machine.ts';
import type { Effect, FromPager, ObjectId, TaskId, VmSnapshot } from '../../vm/types.ts';
import { type Xp, XP_MESSAGES } from '../../wire/index.ts';
import type { Broker } from '../broker.ts';
import { BackedVm } from './backed-vm.ts';
import { Backing } from './backing.ts';
import type { FutexWords } from './futex-words.ts';
import { LostPages } from './lost-pages.ts';
import { carryOut, type Stage } from './carry-out.ts';
import { hearOfSleeps } from '../sleep/hear-of-sleeps.ts';
import { type CallBuffer, type Grant, WaitingCalls } from './waiting-calls.ts';

/**
 * The kernel's memory, around the pure machine: gives its objects ports and memory, and carries its effects out. Which page is
 * whose is the machine's to say; what is in it is nobody's here.
 */
export class Memory {
  readonly vm: Vm;
  /** Whoever has the queues of sleepers is told. A test takes their place. */
  sleeps = (effect: SleepEffect): void => hearOfSleeps(this.#broker.sleeps, this.vm, effect);
  readonly #broker: Broker;
  readonly #task: Task;
  readonly #objects: Backing;
  readonly #calls: WaitingCalls;
  #defaultPager: SendRight | null = null;
  #carrying = false;
  #lastWarning = '';

  /** `task` is the broker's own, which has the control ports. */
  constructor(broker: Broker, task: Task) {
    const { host, limits } = broker;
    this.#broker = broker;
    this.#task = task;
    // What it has queued is pages, and bounded as they are.
    broker.kernel.trust(task.welcome.task);
    // The other half is for links.
    const objects = Math.min(limits.objects, Math.floor(mostOpenFiles() / 2));
    const futexesOf = (object: ObjectId): FutexWords | null => this.#objects.memoryIfAny(object)?.futexes ?? null;
    const words: Words = {
      at: (object, offset) => futexesOf(object)?.at(offset) ?? null,
      setGen: (object, offset, gen) => futexesOf(object)?.setGen(offset, gen),
      uses: (object, offset) => futexesOf(object)?.uses(offset) ?? 0,
    };
    this.vm = new BackedVm({ ...limits, objects }, words, (object) => void this.#objects.memory(object));
    this.#calls = new WaitingCalls(host, limits.faultTimeoutMs);
    this.#objects = new Backing(task, host, limits, {
      isDestroyed: (object) => this.vm.isDestroyed(object),
      isBusy: (object) => this.vm.isBusy(object),
      message: (object, arrival) => this.#heard(object, arrival),
      congested: (object, is) => {
        this.vm.setCongested(object, is);
        this.carryOut();
      },
      died: (object) => {
        this.vm.pagerDied(object);
        this.carryOut();
      },
    });
  }

  /** The task that has the control ports. */
  get ownTask(): TaskId {
    return this.#task.welcome.task;
  }

  /** A right of `caller`'s becomes one of the broker's own task. */
  take(caller: TaskId, right: RightSpec): { right: SendRight } | { code: ErrorCode } {
    const { code, name = NULL_NAME } = this.#broker.kernel.grant(caller, right, this.ownTask);
    if (code !== 0) return { code: code === 'blocked' || code === 'waiting' ? 'KERN_FAILURE' : code };
    if (name === NULL_NAME || name === DEAD_NAME) return { code: 'KERN_INVALID_CAPABILITY' };
    const arrived = this.#task.arrive({ disp: DISP.MOVE_SEND, name });
    if (arrived instanceof SendRight) return { right: arrived };
    arrived.deallocate();
    return { code: 'KERN_INVALID_RIGHT' };
  }

  /** The object behind a right of the broker's own task, which takes the right over. */
  objectAt(right: SendRight): ObjectId {
    return this.#objects.at(right, () => this.vm.createObject());
  }

  /** Makes a call that may have to wait: `done` is told how it ended, perhaps at once. Answers the machine's number for it. */
  call(
    task: TaskId,
    io: CallBuffer,
    begin: (call: number) => Code | 'waiting',
    done: (code: Code, grant?: Grant) => void,
  ): number {
    const call = this.#calls.add(task, io, done);
    const code = begin(call);
    this.carryOut();
    if (code !== 'waiting') this.#calls.end(call, code);
    return call;
  }

  /** Whoever waits for the call has gone, or will wait no longer. */
  cancel(call: number, code: Code): void {
    this.vm.cancel(call);
    this.#calls.end(call, code);
    this.carryOut();
  }

  /** The time that it may wait is over. */
  timedOut(call: number): void {
    this.vm.futexes.timedOut(call);
    this.carryOut();
  }

  /** Where a task finds the memory of an object it maps. `pid` 0: nowhere, as many tasks as can have found it already. */
  place(task: TaskId, object: ObjectId): Place {
    try {
      const memory = this.#objects.memory(object);
      const slot = memory.slotOf(task);
      if (slot === undefined) return NOWHERE;
      return { pid: process.pid, fd: memory.fd, slot, version: memory.versionOf(slot), pagesAt: memory.pagesAt };
    } catch (error) {
      this.#warn(object, error);
      return NOWHERE;
    }
  }

  /** The task may do less than it remembers of its regions of this object. */
  mappingsChanged(task: TaskId, object: ObjectId): void {
    this.#objects.memoryIfAny(object)?.mappingsChanged(task);
  }

  /** Takes the right over: what backs the kernel's own objects from now on. Null: nothing does. */
  setDefaultPager(pager: SendRight | null): void {
    this.#defaultPager?.deallocate();
    this.#defaultPager = pager;
    pager?.arrive();
    pager?.onDead(() => {
      if (this.#defaultPager === pager) this.setDefaultPager(null);
    });
    this.vm.setDefaultPager(pager !== null);
    this.carryOut();
  }

  /** The task has gone: `isGone` tells whether its process has, too. */
  taskEnded(task: TaskId, isGone: () => boolean): void {
    this.#calls.taskEnded(task);
    for (const memory of this.#objects.memories()) memory.taskEnded(task, isGone);
    this.vm.taskEnded(task);
    this.carryOut();
  }

  inspect(): VmSnapshot {
    return this.vm.inspect();
  }

  /** The broker's own name for the object's port. */
  portOf(object: ObjectId): number {
    return this.#objects.portOf(object);
  }

  /** Carries out what the machine left to be done. What that causes comes after it, whoever asks. */
  carryOut(): void {
    if (this.#carrying) return;
    this.#carrying = true;
    try {
      for (let effects = this.vm.takeEffects(); effects.length > 0; effects = this.vm.takeEffects()) {
        const lost = new LostPages();
        for (const effect of effects) this.#carryOutAlone(effect, lost);
        for (const { object, page } of lost) this.vm.lost(object, page);
      }
    } finally {
      this.#carrying = false;
    }
  }

  /** One that the system has no room for, for instance, leaves those after it as they are. */
  #carryOutAlone(effect: Effect, lost: LostPages): void {
    try {
      if (!lost.concerns(effect)) return carryOut(this.#stage, effect);
    } catch (error) {
      this.#warn('object' in effect ? effect.object : null, error);
      lost.add(effect);
      // Its word has never been written: it permits nothing.
      if (effect.type === 'revoke') this.vm.revoked(effect.object, effect.page, false);
    }
    if (effect.type === 'transfer' || effect.type === 'compare') {
      this.vm.cancel(effect.call);
      this.#calls.end(effect.call, 'KERN_MEMORY_ERROR');
    }
  }

  get #stage(): Stage {
    const { vm } = this;
    const again = (): void => this.carryOut();
    const { pageBytes } = this.#broker.limits;
    const { sleeps } = this;
    return {
      vm,
      objects: this.#objects,
      calls: this.#calls,
      defaultPager: this.#defaultPager,
      pageBytes,
      sleeps,
      again,
    };
  }

  /** The same only once in a row, as it would go on for as long as it lasts. */
  #warn(object: ObjectId | null, error: unknown): void {
    const text = `memory of ${object === null ? 'an object' : `object ${object}`} fails: ${String(error)}`;
    if (text !== this.#lastWarning) this.#task.warn(text);
    this.#lastWarning = text;
  }

  #heard(object: ObjectId, { message, rights, reply }: XpArrival): void {
    for (const right of rights) right.deallocate();
    if (message.kind === 'memory_object_get_attributes') {
      reply?.({ kind: 'memory_object_attributes', ...this.vm.attributes(object) });
      return;
    }
    // What only a kernel says is no business of this one's.
    if (isFromPager(message)) this.vm.receive(object, message);
    this.carryOut();
  }
}

/** As `vm_region` answers it. */
export type Place = { pid: number; fd: number; slot: number; version: number; pagesAt: number };

/** What is read and written by calls. */
export const NOWHERE: Place = { pid: 0, fd: 0, slot: 0, version: 0, pagesAt: 0 };

function isFromPager(message: Xp): message is FromPager {
  return XP_MESSAGES[message.kind].from === 'pager';
}
