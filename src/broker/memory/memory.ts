import type { Code, ErrorCode } from '../../errors.ts';
import { DEAD_NAME, DISP, NULL_NAME, type RightSpec } from '../../kernel/index.ts';
import { SendRight, sendXp, type Task, type XpArrival } from '../../task/index.ts';
import { type Xp, XP_MESSAGES } from '../../wire/index.ts';
import { Vm } from '../../vm/index.ts';
import type { Effect, FromPager, ObjectId, Page, TaskId, ToPager, VmSnapshot } from '../../vm/types.ts';
import type { Broker } from '../broker.ts';
import { Backing } from './backing.ts';

/** A vm call that waits for pages. */
type Waiting = {
  task: TaskId;
  /** Where a `transfer` reads into, or writes from. */
  buffer: Uint8Array;
  isWrite: boolean;
  done: (code: Code) => void;
  timer?: Disposable;
};

/**
 * The kernel's memory, around the pure machine: gives its objects ports and memory, and carries its effects out. Which page is
 * whose is the machine's to say; what is in it is nobody's here.
 */
export class Memory {
  readonly #broker: Broker;
  readonly #task: Task;
  readonly vm: Vm;
  readonly #objects: Backing;
  readonly #waiting = new Map<number, Waiting>();
  #defaultPager: SendRight | null = null;
  #nextCall = 1;
  #carrying = false;

  /** `task` is the broker's own, which has the control ports. */
  constructor(broker: Broker, task: Task) {
    this.#broker = broker;
    this.#task = task;
    this.vm = new Vm(broker.limits);
    this.#objects = new Backing(task, broker.host, broker.limits, {
      message: (object, arrival) => this.#heard(object, arrival),
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
    const { code, name = NULL_NAME } = this.#broker.kernel.grant(caller, right, this.#task.welcome.task);
    if (code !== 0) return { code: code === 'blocked' || code === 'waiting' ? 'KERN_FAILURE' : code };
    if (name === NULL_NAME || name === DEAD_NAME) return { code: 'KERN_INVALID_ARGUMENT' };
    const arrived = this.#task.arrive({ disp: DISP.MOVE_SEND, name });
    return arrived instanceof SendRight ? { right: arrived } : { code: 'KERN_INVALID_RIGHT' };
  }

  /** The object behind a right of the broker's own task, which takes the right over. */
  objectAt(right: SendRight): ObjectId {
    return this.#objects.at(right, () => this.vm.createObject());
  }

  /** Carries out a call that may have to wait: `begin` makes it, `done` is told how it ended, perhaps at once. */
  call(
    task: TaskId,
    io: { buffer: Uint8Array; isWrite: boolean },
    begin: (call: number) => Code | 'waiting',
    done: (code: Code) => void,
  ): number {
    const call = this.#nextCall++;
    this.#waiting.set(call, { task, ...io, done });
    const code = begin(call);
    this.carryOut();
    if (code !== 'waiting') this.#done(call, code);
    return call;
  }

  /** Whoever waits for the call has gone, or will wait no longer. */
  cancel(call: number, code: Code): void {
    if (!this.#waiting.has(call)) return;
    this.vm.cancel(call);
    this.#done(call, code);
    this.carryOut();
  }

  /** Where a task finds the memory of an object it maps. */
  place(task: TaskId, object: ObjectId): { pid: number; fd: number; slot: number; pagesAt: number } {
    const memory = this.#objects.memory(object);
    const slot = memory.slotOf(task);
    if (slot === undefined) return { pid: 0, fd: 0, slot: 0, pagesAt: 0 };
    return { pid: process.pid, fd: memory.fd, slot, pagesAt: memory.pagesAt };
  }

  /** The task's map has changed: what it remembers of its regions may not be so any more. */
  mapChanged(task: TaskId): void {
    for (const memory of this.#objects.memories()) memory.mappingsChanged(task);
  }

  /** Takes the right over. What backs the kernel's own objects from now on; null: nothing does. */
  setDefaultPager(pager: SendRight | null): void {
    this.#defaultPager?.deallocate();
    this.#defaultPager = pager;
    pager?.onDead(() => {
      if (this.#defaultPager === pager) this.setDefaultPager(null);
    });
    this.vm.setDefaultPager(pager !== null);
    this.carryOut();
  }

  /** The task has gone: `isGone` tells whether its process has, too. */
  taskEnded(task: TaskId, isGone: () => boolean): void {
    for (const [call, { task: caller, timer }] of this.#waiting) {
      if (caller !== task) continue;
      timer?.[Symbol.dispose]();
      this.#waiting.delete(call);
    }
    for (const memory of this.#objects.memories()) memory.taskEnded(task, isGone);
    this.vm.taskEnded(task);
    this.carryOut();
  }

  inspect(): VmSnapshot {
    return this.vm.inspect();
  }

  /** Of the object, for `easync vm`: the broker's name for its port. */
  portOf(object: ObjectId): number {
    return this.#objects.portOf(object);
  }

  /** Carries out what the machine left to be done. What that causes comes after it, whoever asks. */
  carryOut(): void {
    if (this.#carrying) return;
    this.#carrying = true;
    try {
      for (let effects = this.vm.takeEffects(); effects.length > 0; effects = this.vm.takeEffects()) {
        for (const effect of effects) this.#carryOutOne(effect);
      }
    } finally {
      this.#carrying = false;
    }
  }

  #carryOutOne(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(effect.object, effect.message, effect.to);
      case 'install':
        return this.#objects.memory(effect.object).install(effect.page, effect.data);
      case 'allow':
        return this.#objects.memory(effect.object).allow(effect.page, effect.access);
      case 'revoke':
        return this.#revoke(effect.object, effect.page, effect.access);
      case 'discard':
        return this.#objects.memory(effect.object).discard(effect.page);
      case 'copy': {
        const page = new Uint8Array(this.#broker.limits.pageBytes);
        this.#objects.memory(effect.from).read(effect.fromPage * page.length, page);
        return this.#objects.memory(effect.to).install(effect.toPage, page);
      }
      case 'transfer':
        return this.#transfer(effect);
      case 'done':
        return this.#done(effect.call, effect.code);
      case 'waits':
        return this.#waits(effect.call);
      case 'make':
        return this.#objects.make(effect.object);
      case 'forget':
        return this.#objects.forget(effect.object);
    }
  }

  #revoke(object: ObjectId, page: Page, access: number): void {
    this.#objects.memory(object).revoke(page, access, (dirty) => {
      this.vm.revoked(object, page, dirty);
      this.carryOut();
    });
  }

  #transfer({ call, object, page, at, bytes, bufferAt }: Extract<Effect, { type: 'transfer' }>): void {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined) return;
    const part = waiting.buffer.subarray(bufferAt, bufferAt + bytes);
    const from = page * this.#broker.limits.pageBytes + at;
    if (waiting.isWrite) this.#objects.memory(object).write(from, part);
    else this.#objects.memory(object).read(from, part);
  }

  #waits(call: number): void {
    const waiting = this.#waiting.get(call);
    const { faultTimeoutMs } = this.#broker.limits;
    if (waiting === undefined || waiting.timer !== undefined || faultTimeoutMs === 0) return;
    waiting.timer = this.#broker.host.timer(faultTimeoutMs, () => {
      this.vm.expire(call);
      this.carryOut();
    });
  }

  #done(call: number, code: Code): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    waiting?.timer?.[Symbol.dispose]();
    waiting?.done(code);
  }

  #send(object: ObjectId, message: ToPager, to: ObjectId | undefined): void {
    const ports = this.#objects.ports(object);
    switch (message.kind) {
      case 'memory_object_init':
        return ports.send(message, ports.newControl());
      case 'memory_object_terminate':
        return ports.terminate();
      case 'memory_object_change_completed':
        return ports.send(message, []);
      case 'memory_object_copy':
        return ports.send(message, [
          ...ports.control(),
          ...(to === undefined ? [] : this.#objects.ports(to).handOver()),
        ]);
      case 'memory_object_create': {
        const rights = [...ports.handOver(), ...ports.newControl()];
        if (this.#defaultPager !== null) sendXp(this.#defaultPager, message, rights);
        return undefined;
      }
      case 'memory_object_data_return':
      case 'memory_object_data_initialize': {
        const { length, ...fields } = message;
        const data = new Uint8Array(length);
        this.#objects.memory(object).read(message.offset, data);
        return ports.send({ ...fields, data } as Xp, ports.control());
      }
      default:
        return ports.send(message as Xp, ports.control());
    }
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

function isFromPager(message: Xp): message is FromPager {
  return XP_MESSAGES[message.kind].from === 'pager';
}
