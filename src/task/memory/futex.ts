import type { ErrorCode, IpcError } from '../../errors.ts';
import { FUTEX_FLAG } from '../../wire/index.ts';
import { whileAsleep } from '../critical.ts';
import { isU32 } from '../names/numbers.ts';
import type { Traps } from '../names/traps.ts';
import { FutexGuard } from './futex-guard.ts';
import type { FutexPlace } from './futex-place.ts';
import { Grant } from './grant.ts';

export type FutexOptions = {
  /** How long to wait at most: KERN_TIMEDOUT. Up to 2³¹; for ever by default. */
  timeoutMs?: number;
  /** Give up waiting, with KERN_INTERRUPTED, unless the outcome is there already. */
  signal?: AbortSignal;
};

/** Who of those that sleep at a word is meant. */
export type FutexSharing = {
  /** Those of other mappings and of other tasks, too; else only those of this very address. Default: true. */
  shared?: boolean;
};

/**
 * A futex: a word of a memory object, by which every task that maps it can lock, whatever the address (seed 002). The lock itself
 * is not in the object's bytes: they are those of `wait` and `wake`. As long as the broker keeps it (Part III) no message is sent.
 *
 * What may complete in place answers a value or a promise, and never throws.
 */
export class Futex {
  readonly #place: FutexPlace;

  /** @internal */
  constructor(place: FutexPlace) {
    this.#place = place;
  }

  /**
   * Complete at once, and without a message, if the broker has the futex and nobody else wants it.
   *
   * Rejects with IpcError EDEADLK (this task has it), ENOTRECOVERABLE, EFENCED (of the hold before, told once), KERN_TIMEDOUT,
   * KERN_INTERRUPTED, KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE (it takes `'rw'`), KERN_MEMORY_ERROR, KERN_RESOURCE_SHORTAGE,
   * EINVAL, ERELEASED, EBROKERDIED, KERN_INVALID_TASK
   */
  lock(options?: FutexOptions): FutexGuard | Promise<FutexGuard> {
    const place = this.#place;
    const wrong = options === undefined ? null : refusal(place, 'lock', options);
    if (wrong !== null) return Promise.reject(wrong);
    const grant = place.take();
    return grant === null ? lockByCall(place, options ?? {}) : new FutexGuard(place, grant, false);
  }

  /** @internal Whether the guard is of this futex: its own, or that of another mapping of this task. */
  hasGiven(guard: FutexGuard): boolean {
    return guard.isOf(this.#place);
  }

  /** Null: somebody else has it. A broker elsewhere that only keeps it is asked to give it up, so that the next try may do. */
  tryLock(): FutexGuard | null | Promise<FutexGuard | null> {
    const place = this.#place;
    const grant = place.take();
    return grant === null ? tryByCall(place) : new FutexGuard(place, grant, false);
  }

  /**
   * Sleeps if the number at this place is `value`, until somebody wakes; a bigint is one of 64 bits. `'changed'`: it was another.
   *
   * @throws IpcError KERN_TIMEDOUT, KERN_INTERRUPTED, KERN_INVALID_ADDRESS, KERN_MEMORY_ERROR, KERN_RESOURCE_SHORTAGE, EINVAL,
   *   ERELEASED, EBROKERDIED, KERN_INVALID_TASK
   */
  async wait(value: number | bigint, options: FutexOptions & FutexSharing = {}): Promise<'woken' | 'changed'> {
    const wrong = refusalOf(this.#place, 'wait', value, 64) ?? refusal(this.#place, 'wait', options);
    if (wrong !== null) throw wrong;
    const { flags, msec } = timing(options);
    const [v1, v2] = typeof value === 'bigint' ? halves(value) : [value >>> 0, 0];
    const kind = sharing(options) | (typeof value === 'bigint' ? FUTEX_FLAG.QUAD : 0);
    const place = this.#place;
    const waiting = place.call('wait', (address) =>
      place.task.traps.vm_futex_wait(address, v1, v2, msec, flags | kind, options.signal),
    );
    const { code } = await whileAsleep(waiting);
    if (code === 'KERN_INVALID_ARGUMENT') return 'changed';
    if (code !== 0) throw place.failed('wait', code);
    return 'woken';
  }

  /**
   * Wakes the one that has slept here longest, or all. With `value` the number here becomes that first. Nothing is kept for who comes
   * later. Settles once others have been told: should nobody sleep here, the pager has to take the message.
   *
   * @throws IpcError KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE, KERN_MEMORY_ERROR, KERN_RESOURCE_SHORTAGE (`vmCalls` calls of
   *   this task wait already), EINVAL, ERELEASED, EBROKERDIED, KERN_INVALID_TASK
   */
  async wake(options: FutexSharing & { all?: boolean; value?: number } = {}): Promise<void> {
    const { all = false, value } = options;
    const wrong = value === undefined ? null : refusalOf(this.#place, 'wake', value, 32);
    if (wrong !== null) throw wrong;
    const flags = sharing(options) | (all ? FUTEX_FLAG.BROADCAST : 0) | (value === undefined ? 0 : FUTEX_FLAG.MUTATE);
    const place = this.#place;
    const { code } = await place.call('wake', (address) =>
      place.task.traps.vm_futex_wake(address, (value ?? 0) >>> 0, flags),
    );
    if (code !== 0) throw place.failed('wake', code);
  }

  /** Who has slept here longest, or all, sleep at `target` from now on; with `wakeOne` one is woken besides. Errors as of `wake`. */
  async requeue(target: Futex, options: FutexSharing & { all?: boolean; wakeOne?: boolean } = {}): Promise<void> {
    const place = this.#place;
    const { all = false, wakeOne = false } = options;
    if (target.#place.task !== place.task) throw place.invalid('requeue', 'its target is another task’s');
    const flags = sharing(options) | (all ? FUTEX_FLAG.BROADCAST : 0);
    const { code } = await target.#place.call('requeue', (to) =>
      place.call('requeue', (from) => place.task.traps.vm_futex_requeue(from, to, wakeOne, flags)),
    );
    if (code !== 0) throw place.failed('requeue', code);
  }
}

async function tryByCall(place: FutexPlace): Promise<FutexGuard | null> {
  const asked = await ask(place, 'tryLock', FUTEX_FLAG.NOQUEUE, 0);
  if (typeof asked !== 'string') return asked;
  if (asked === 'EAGAIN') return null;
  throw place.failed('tryLock', asked);
}

async function lockByCall(place: FutexPlace, options: FutexOptions): Promise<FutexGuard> {
  const { flags, msec } = timing(options);
  const asked = await whileAsleep(ask(place, 'lock', flags, msec, options.signal));
  if (typeof asked !== 'string') return asked;
  throw place.failed('lock', asked);
}

async function ask(
  place: FutexPlace,
  op: string,
  flags: number,
  msec: number,
  signal?: AbortSignal,
): Promise<FutexGuard | ErrorCode> {
  const lock = (address: number): ReturnType<Traps['vm_futex_lock']> =>
    place.task.traps.vm_futex_lock(address, flags, msec, signal);
  const { code, gen, word } = await place.callToLock(op, lock);
  if (code !== 0 && code !== 'EOWNERDEAD') return code;
  const grant = Grant.of(gen);
  place.learn(grant, word);
  return new FutexGuard(place, grant, code === 'EOWNERDEAD');
}

function refusal(place: FutexPlace, op: string, options: FutexOptions | null): IpcError | null {
  // Who has no types and gives a number for the options would wait for ever.
  if (typeof options !== 'object' || options === null) {
    return place.invalid(op, 'options are an object, such as { timeoutMs }');
  }
  const { timeoutMs, signal } = options;
  const isTime = timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= MOST_MS);
  if (!isTime) {
    const text = `timeoutMs is a number from 0 to ${MOST_MS}, not ${String(timeoutMs)}; leave it out to wait for as long as it takes`;
    return place.invalid(op, text);
  }
  if (signal === undefined) return null;
  // What cannot be listened to would be found out after the call has left: who got the futex then would not know.
  if (!(signal instanceof AbortSignal)) return place.invalid(op, 'signal is an AbortSignal, or left out');
  return signal.aborted ? place.failed(op, 'KERN_INTERRUPTED') : null;
}

/** Of one that may have 64 bits, which are a bigint. */
function refusalOf(place: FutexPlace, op: string, value: number | bigint, bits: 32 | 64): IpcError | null {
  const isIt =
    typeof value === 'bigint'
      ? bits === 64 && (BigInt.asUintN(64, value) === value || BigInt.asIntN(64, value) === value)
      : isU32(value) || (value | 0) === value;
  if (isIt) return null;
  const most = bits === 64 ? '32 bits, nor a bigint of 64' : '32 bits';
  return place.invalid(op, `${String(value)} (a ${typeof value}) is no integer of ${most}`);
}

const MOST_MS = 2 ** 31;

function timing({ timeoutMs }: FutexOptions): { flags: number; msec: number } {
  return timeoutMs === undefined ? { flags: 0, msec: 0 } : { flags: FUTEX_FLAG.TIMED, msec: Math.ceil(timeoutMs) };
}

function sharing({ shared = true }: FutexSharing): number {
  return shared ? FUTEX_FLAG.SHARED : 0;
}

/** The lower and the upper half of 64 bits. */
function halves(value: bigint): [number, number] {
  return [Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))];
}
