import type { Code } from '../../errors.ts';
import { FenceWatch } from './fence-watch.ts';
import type { FutexPlace } from './futex-place.ts';
import type { Grant } from './grant.ts';

/** A futex that this task has, until it is unlocked. */
export class FutexGuard implements Disposable, AsyncDisposable {
  /** Who had it before died with it: what it protects may be half changed. Put that right, and say `consistent` before `unlock`. */
  readonly ownerDied: boolean;
  readonly #place: FutexPlace;
  readonly #grant: Grant;
  #isReleased = false;
  /** How `consistent` went. */
  #repaired: Promise<Code> | null = null;
  #watch: FenceWatch | null = null;

  /** @internal */
  constructor(place: FutexPlace, grant: Grant, ownerDied: boolean) {
    this.#place = place;
    this.#grant = grant;
    this.ownerDied = ownerDied;
  }

  /** The fence: goes with every effect outside, which refuses what comes with an older one. */
  get gen(): bigint {
    return BigInt(this.#grant.gen);
  }

  /** As far as this task knows: a revocation is only known once it is told. */
  get isHeld(): boolean {
    const { present, task } = this.#place;
    return !this.#isReleased && present !== null && !task.isClosed && this.#watch?.isFenced !== true;
  }

  /**
   * What the owner that died left behind has been put right: the next to get the futex finds it as if nothing had happened.
   *
   * @throws IpcError EINVAL: no owner had died, or this was said before. ERELEASED
   */
  consistent(): void {
    const place = this.#place;
    if (this.#isReleased || place.present === null) throw place.failed('consistent', 'ERELEASED');
    if (!this.ownerDied || this.#repaired !== null) throw place.failed('consistent', 'EINVAL');
    const say = (address: number): Promise<{ code: Code }> =>
      place.task.traps.vm_futex_consistent(address, this.#grant.gen);
    this.#repaired = place.callAsOwner('consistent', say).then(
      ({ code }) => code,
      () => 'ERELEASED',
    );
  }

  /**
   * Complete at once if nobody waits. After `ownerDied` without `consistent` nobody gets the futex any more (ENOTRECOVERABLE).
   *
   * Rejects with IpcError ERELEASED (it was unlocked before, or this task maps it no longer), EFENCED (it was revoked, or the broker is
   * gone: somebody else may have had it meanwhile), EPERM (somebody else has unlocked it for this task)
   */
  unlock(): void | Promise<void> {
    if (this.#isReleased) return Promise.reject(this.#place.failed('unlock', 'ERELEASED'));
    this.#isReleased = true;
    this.#watch?.stop();
    const place = this.#place;
    const grant = this.#grant;
    return place.give(grant) ? undefined : unlockByCall(place, grant, this.#watch, this.#repaired);
  }

  /** @internal Whether it is this task's hold of this futex, by whichever mapping. */
  isOf({ task, key }: FutexPlace): boolean {
    const own = this.#place;
    return own.task === task && own.key.object === key.object && own.key.offset === key.offset;
  }

  /** Calls `fn` when it is revoked, or the broker is gone, while it is held. */
  onFenced(fn: () => void): void {
    if (this.#isReleased) return;
    // Where it was locked something else may be mapped by now.
    this.#watch ??= new FenceWatch(this.#place.present ?? this.#place, this.#grant.gen);
    this.#watch.tell(fn);
  }

  /** Unlocks, if that has not been done. Should it take a call that fails, the operator is told. */
  [Symbol.dispose](): void {
    const { task } = this.#place;
    if (!this.#isReleased) this.unlock()?.catch((error: unknown) => task.warn(String(error)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isReleased) await this.unlock();
  }
}

async function unlockByCall(
  place: FutexPlace,
  { gen }: Grant,
  watch: FenceWatch | null,
  repaired: Promise<Code> | null,
): Promise<void> {
  const unlock = (address: number): Promise<{ code: Code }> => place.task.traps.vm_futex_unlock(address, gen);
  const { code } = await place.callAsOwner('unlock', unlock);
  if (code === 0) return;
  // A revocation is told once: this hold may have been told before.
  const isFenced = place.task.isClosed || watch?.isFenced === true || (await repaired) === 'EFENCED';
  throw place.failed('unlock', isFenced ? 'EFENCED' : code === 'KERN_INVALID_ADDRESS' ? 'ERELEASED' : code);
}
