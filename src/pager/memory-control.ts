import { IpcError } from '../errors.ts';
import { deferred } from '../task/index.ts';
import type { Deferred } from '../task/deferred.ts';
import { COPY_STRATEGY, SHOULD_RETURN, VM_PROT, type Xp } from '../wire/index.ts';
import { FutexControl } from './futex-control.ts';
import type { KernelPort } from './kernels.ts';
import type { Access } from './memory-manager.ts';
import type { FromKernel } from './state.ts';

export type CopyStrategy = 'none' | 'call' | 'delay' | 'temporary';
export type Supplied = Pick<Xp<'memory_object_supply_completed'>, 'result' | 'errorOffset'>;
export type SupplyOptions = {
  /** Of the `dataRequest` that this answers; 0: nobody asked. */
  reqId?: number;
  /** What is forbidden. */
  lock?: Access;
  /** The pages are to be returned also if nobody has changed them. */
  precious?: boolean;
  gen?: number;
};
export type LockOptions = {
  returns?: 'none' | 'dirty' | 'all';
  flush?: boolean;
  lock?: Access | 'noChange';
  gen?: number;
  /** The `dataUnlock` that this answers. */
  answers?: number;
};

/** What a pager says to one kernel about one object. Promises end when the kernel has answered, and fail if it goes before. */
export class MemoryControl extends FutexControl {
  /** A number of its own for each kernel's life with the object. */
  readonly id: number;
  readonly #kernel: KernelPort;
  readonly #waiting = new Map<number, Deferred<FromKernel | null>>();
  readonly #changes = new Set<number>();

  /** @internal */
  constructor(kernel: KernelPort) {
    super(kernel);
    this.id = kernel.id;
    this.#kernel = kernel;
  }

  /** Answers `init`. */
  ready(mayCache: boolean, copy: CopyStrategy): void {
    this.#kernel.send({ kind: 'memory_object_ready', mayCache, copyStrategy: STRATEGIES[copy] });
  }

  async changeAttributes(mayCache: boolean, copy: CopyStrategy): Promise<void> {
    const copyStrategy = STRATEGIES[copy];
    const { reqId, answer } = this.#asked();
    this.#changes.add(reqId);
    this.#kernel.send({ kind: 'memory_object_change_attributes', reqId, mayCache, copyStrategy });
    await answer;
  }

  /**
   * Whole pages. Who wants to know what became of them awaits `dataSupplied`.
   *
   * @throws IpcError EINVAL: no whole pages of the kernel
   */
  dataSupply(offset: number, data: Uint8Array, options: SupplyOptions = {}): void {
    this.#mustBePages('dataSupply', offset, data.length);
    this.#supply(offset, data, 0, options);
  }

  /** `result` 0, or KERN_MEMORY_PRESENT: the page at `errorOffset` was there already, and nothing from there on was taken (P3). */
  async dataSupplied(offset: number, data: Uint8Array, options: SupplyOptions = {}): Promise<Supplied> {
    this.#mustBePages('dataSupplied', offset, data.length);
    const { reqId, answer } = this.#asked();
    this.#supply(offset, data, reqId, options);
    const message = await answer;
    if (message?.kind === 'memory_object_supply_completed') return message;
    throw new IpcError('EPROTOCOL', 'the kernel answered a data_supply with something else');
  }

  dataUnavailable(offset: number, length: number, reqId = 0): void {
    this.#mustBePages('dataUnavailable', offset, length);
    this.#kernel.send({ kind: 'memory_object_data_unavailable', reqId, offset, length });
  }

  dataError(offset: number, length: number, reason: number, reqId = 0): void {
    this.#mustBePages('dataError', offset, length);
    this.#kernel.send({ kind: 'memory_object_data_error', reqId, offset, length, reason });
  }

  /**
   * Restricts access, returns data, flushes: in this order, page by page. What it returned came before the promise ends.
   *
   * @throws IpcError EINVAL: no whole pages of the kernel
   */
  async lockRequest(offset: number, length: number, options: LockOptions): Promise<void> {
    const { returns = 'none', flush = false, lock = 'noChange', gen = 0, answers = 0 } = options;
    this.#mustBePages('lockRequest', offset, length);
    const { reqId, answer } = this.#asked();
    this.#kernel.send({
      kind: 'memory_object_lock_request',
      reqId,
      answers,
      offset,
      length,
      shouldReturn: RETURNS[returns],
      shouldFlush: flush,
      lock: lock === 'noChange' ? VM_PROT.NO_CHANGE : bitsOf(lock),
      gen,
    });
    await answer;
  }

  /** The object is no more: the kernel says `terminate`, and returns nothing. */
  destroy(reason: number): void {
    this.#kernel.send({ kind: 'memory_object_destroy', reason });
  }

  async attributes(): Promise<{ ready: boolean; mayCache: boolean; copy: CopyStrategy }> {
    const { ready, mayCache, copyStrategy } = await this.#kernel.attributes();
    const [copy = 'none'] = Object.entries(STRATEGIES).find(([, value]) => value === copyStrategy) ?? [];
    return { ready, mayCache, copy: copy as CopyStrategy };
  }

  /** @internal An acknowledgement. */
  heard(message: FromKernel): void {
    if (!('reqId' in message)) return;
    this.#waiting.get(message.reqId)?.resolve(message);
    this.#waiting.delete(message.reqId);
  }

  /** @internal */
  gone(): void {
    const text = 'the kernel has terminated the object, or has died, before it answered';
    for (const [reqId, waiting] of this.#waiting) {
      // An object that may not be cached any more is terminated first (P16): then its attributes are nobody's.
      if (this.#changes.has(reqId)) waiting.resolve(null);
      else waiting.reject(new IpcError('MACH_SEND_INVALID_DEST', text));
    }
    this.#waiting.clear();
  }

  #supply(offset: number, data: Uint8Array, replyId: number, options: SupplyOptions): void {
    const { reqId = 0, lock = {}, precious = false, gen = 0 } = options;
    const fields = { reqId, replyId, offset, lock: bitsOf(lock), precious, gen, data };
    this.#kernel.send({ kind: 'memory_object_data_supply', ...fields });
  }

  /** The kernel would drop it without a word, and who waits for an answer would wait for good. */
  #mustBePages(op: string, offset: number, length: number): void {
    const { pageSize } = this.#kernel;
    if (isPages(offset, pageSize) && isPages(length, pageSize)) return;
    const text = `${op}: ${length} bytes at ${offset} are no whole pages of this kernel, which has them of ${pageSize} bytes`;
    throw new IpcError('EINVAL', text, { op });
  }

  #asked(): { reqId: number; answer: Promise<FromKernel | null> } {
    lastReqId += 1;
    const answer = deferred<FromKernel | null>();
    // Who does not wait for it is not told of its end.
    answer.promise.catch(() => undefined);
    this.#waiting.set(lastReqId, answer);
    return { reqId: lastReqId, answer: answer.promise };
  }
}

/** One row of numbers for all: a `change_completed` does not say whose it is. */
let lastReqId = 0;

const STRATEGIES = {
  none: COPY_STRATEGY.NONE,
  call: COPY_STRATEGY.CALL,
  delay: COPY_STRATEGY.DELAY,
  temporary: COPY_STRATEGY.TEMPORARY,
} as const;
const RETURNS = { none: SHOULD_RETURN.NONE, dirty: SHOULD_RETURN.DIRTY, all: SHOULD_RETURN.ALL } as const;

export function isPages(bytes: number, pageSize: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0 && bytes % pageSize === 0;
}

function bitsOf({ read = false, write = false, execute = false }: Access): number {
  return (read ? VM_PROT.READ : 0) | (write ? VM_PROT.WRITE : 0) | (execute ? VM_PROT.EXECUTE : 0);
}
