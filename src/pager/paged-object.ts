import { type ErrorCode, IpcError } from '../errors.ts';
import { deferred, type ReceiveRight, type SendRight, type Task } from '../task/index.ts';
import type { Deferred } from '../task/deferred.ts';
import { COPY_STRATEGY, type KernelXpKind, type Xp } from '../wire/index.ts';
import { isAboutFutex } from './futex-masters.ts';
import type { FutexEffect } from './futex-state.ts';
import { Kernels } from './kernels.ts';
import type { KernelPort } from './kernels.ts';
import { Master } from './master.ts';
import { ObjectFutexes } from './object-futexes.ts';
import { ObjectPorts } from './object-ports.ts';
import { isAboutSleep, SleepPlaces } from './sleep-places.ts';
import type { SleepEffect } from './sleep-state.ts';
import type { Effect } from './state.ts';
import type { Store } from './store-api.ts';
import { Stored, type StoreEffect } from './stored.ts';

const PAGE = 4096;
const READ_AHEAD = 128 * 1024;
/** Of these it is heard otherwise. */
const GONE: ReadonlySet<ErrorCode> = new Set(['MACH_SEND_INVALID_DEST', 'EBROKERDIED', 'ESERVERDIED']);

/**
 * A memory object that is being served: the machine, the kernels it speaks to and the store it keeps. On every broker that the pager
 * is attached to it has a port; what happens to a page is decided in one place.
 */
export class PagedObject {
  readonly #stored: Stored;
  readonly #label: string;
  readonly #warn: (text: string) => void;
  readonly #master: Master;
  readonly #futexes: ObjectFutexes;
  readonly #sleeps = new SleepPlaces();
  readonly #kernels: Kernels;
  readonly #known = new Map<number, KernelPort>();
  readonly #ports: ObjectPorts;
  readonly #jobs = new Map<number, Deferred<void>>();
  #carrying = false;
  #isClosed = false;

  /** `onUnused`: it had a port, and nobody has a right to any of its ports any more. */
  constructor(store: Store, label: string, { warn, host }: Pick<Task, 'warn' | 'host'>, onUnused?: () => void) {
    const { size, pageSize = PAGE, readAhead = READ_AHEAD, mayCache = onUnused === undefined } = store;
    this.#stored = new Stored(store, label, warn);
    this.#label = label;
    this.#warn = warn;
    const readOnly = store.write === undefined;
    this.#master = new Master({ size, pageSize, mayCache, readOnly, readAhead: Math.floor(readAhead / pageSize) });
    this.#futexes = new ObjectFutexes(store.futexes ?? {}, host, () => this.#carryOutSoon());
    this.#kernels = new Kernels({
      message: (kernel, message) => this.#heard(kernel, message),
      died: ({ id }) => {
        this.#left(id);
        this.#tell((master) => master.kernelDied(id));
      },
    });
    this.#ports = new ObjectPorts(label, this.#kernels, onUnused);
  }

  /** A fresh send right, for whoever shall map it on this task's broker. */
  right(task: Task): SendRight {
    if (this.#isClosed) throw new IpcError('ERELEASED', `${this.#label} is closed`, { object: this.#label });
    return this.#ports.right(task);
  }

  /** A kernel has made the object and its port itself; `control` is that kernel's control port. */
  madeBy(port: ReceiveRight, control: SendRight, message: Xp<'memory_object_create'>): void {
    this.#kernels.introduce(control, message);
    this.#ports.serve(port);
  }

  /**
   * Everything that tasks have written so far is stored, and the store flushed.
   *
   * @throws IpcError KERN_MEMORY_ERROR: something could not be stored. It is kept; make room, and sync again.
   */
  sync(): Promise<void> {
    return this.#job((master) => master.sync());
  }

  /**
   * The store's contents changed by another hand: no kernel goes on having the old ones of this range. Pages that tasks have written
   * to meanwhile win: they are returned, and stored over the change.
   */
  invalidate(offset = 0, length = Number.MAX_SAFE_INTEGER - offset): Promise<void> {
    return this.#job((master) => master.change(offset, length));
  }

  /** From now on brokers keep the pages, or do not, when nobody maps the object any more. Settles when all of them know. */
  setCaching(mayCache: boolean): Promise<void> {
    return this.#job((master) => master.setAttributes(mayCache, COPY_STRATEGY.NONE));
  }

  /** Whether the futex at this offset is had by this very grant, neither given back nor taken away: who says so may act. */
  holdsFutex(offset: number, gen: bigint): boolean {
    return !this.#isClosed && this.#futexes.holds(offset, gen);
  }

  /** Stores what tasks have written, and ends: who still maps the object gets KERN_MEMORY_ERROR where it needs the pager. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.sync();
    } finally {
      this.#ports[Symbol.dispose]();
      this.#kernels[Symbol.dispose]();
      this.#futexes[Symbol.dispose]();
      for (const job of this.#jobs.values()) job.reject(new IpcError('ERELEASED', `${this.#label} is closed`));
      await this.#stored.close();
    }
  }

  #job(start: (master: Master) => number): Promise<void> {
    const settled = deferred();
    this.#tell((master) => this.#jobs.set(start(master), settled));
    return settled.promise;
  }

  #heard(kernel: KernelPort | null, message: Xp<KernelXpKind>): void {
    const id = kernel?.id ?? 0;
    if (kernel !== null) this.#known.set(id, kernel);
    if (isAboutFutex(message)) {
      const isKnown = this.#master.state.kernels.has(id);
      this.#futexes.receive(id, message, { size: this.#stored.size, isKnown });
      return this.#carryOutSoon();
    }
    if (isAboutSleep(message)) {
      this.#sleeps.setSize(this.#stored.size);
      this.#sleeps.receive(id, message);
      return this.#carryOutSoon();
    }
    if (message.kind === 'memory_object_terminate') this.#left(id);
    this.#tell((master) => master.receive(id, message));
    if (this.#master.state.kernels.has(id)) this.#sleeps.attach(id);
  }

  #left(kernel: number): void {
    this.#futexes.leave(kernel);
    this.#sleeps.leave(kernel);
  }

  #tell(what: (master: Master) => void): void {
    // It may have grown.
    this.#master.setSize(this.#stored.size);
    what(this.#master);
    this.#carryOutSoon();
  }

  /**
   * What comes in one turn is carried out together, so that reads and recalls of neighbours become one. Pages go before futexes: what a
   * kernel returned before it gave a futex back is given to the store before the next one has the futex. Sleepers go before pages: a
   * kernel that joins is told of those elsewhere before it is told that the object is ready, and can change what they wait for.
   */
  #carryOutSoon(): void {
    if (this.#carrying) return;
    this.#carrying = true;
    queueMicrotask(() => {
      this.#carrying = false;
      for (const effect of this.#sleeps.takeEffects()) this.#carryOut(effect);
      for (const effect of this.#master.takeEffects()) this.#carryOut(effect);
      for (const effect of this.#futexes.takeEffects()) this.#carryOut(effect);
    });
  }

  #carryOut(effect: Effect | SleepEffect | Extract<FutexEffect, { type: 'send' | 'refused' }>): void {
    if (effect.type === 'send') this.#send(effect);
    else if (effect.type === 'terminated') this.#known.delete(effect.kernel);
    else if (effect.type === 'done') this.#done(effect.job, effect.failed);
    else if (effect.type === 'refused') {
      this.#warn(`${this.#label}: ${effect.kind} of kernel ${effect.kernel} was refused: ${effect.why}`);
    } else if (effect.type === 'invalid') this.#stored.invalid(effect.offset, effect.length);
    else if (effect.type !== 'failed') void this.#ask(effect);
  }

  #send({ kernel, message }: Extract<Effect | FutexEffect | SleepEffect, { type: 'send' }>): void {
    this.#known.get(kernel)?.send(message, (code) => {
      if (GONE.has(code)) return;
      this.#warn(`${this.#label}: ${message.kind} did not reach its kernel, which may wait for it: ${code}`);
    });
  }

  async #ask(effect: StoreEffect): Promise<void> {
    const answer = await this.#stored.carryOut(effect);
    this.#tell(answer);
  }

  #done(id: number, failed: boolean): void {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    if (!failed) return job?.resolve();
    const cause = this.#stored.lastError;
    const text = `sync: ${this.#label} could not be stored: ${String(cause)}; its bytes are kept: put that right, and sync again`;
    job?.reject(new IpcError('KERN_MEMORY_ERROR', text, { op: 'sync', object: this.#label, cause }));
  }
}
