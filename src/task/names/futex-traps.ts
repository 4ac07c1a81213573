import type { Code } from '../../errors.ts';
import type { Name } from '../../kernel/types.ts';
import type { Fields, KernelCall } from '../../wire/index.ts';
import type { TrapResult } from '../calls/kernel-calls.ts';
import type { Task } from '../task.ts';

type Answer<T = object> = Promise<{ code: Code } & T>;

/**
 * The futex calls of a task port (seed 002, Part I; pager.md §2.1, §2.8). Who locks, owns and waits is the task that they are made on;
 * a futex is a word of what is mapped, whatever its address. `flags` are bits of `FUTEX_FLAG`; `msec` counts with TIMED. A `gen` is the
 * grant by which the task has it; 0, to unlock and to repair: whichever. A call whose `signal` fires answers KERN_INTERRUPTED, or what crossed that.
 */
export class FutexTraps {
  readonly #task: Task;
  readonly #on: Name;

  /** @internal */
  constructor(task: Task, on: Name) {
    this.#task = task;
    this.#on = on;
  }

  /**
   * Flags: NOQUEUE, TIMED. EOWNERDEAD: the task has it, and who had it before died. `word`: where in the memory that `vm_region` tells of
   * the futex's word is, by which it can be had without a call; 0: by calls alone.
   *
   * KERN_INVALID_ADDRESS (also not a multiple of 4), KERN_PROTECTION_FAILURE, KERN_MEMORY_ERROR, EDEADLK, EAGAIN (with NOQUEUE),
   * ENOTRECOVERABLE, EFENCED (told once), KERN_TIMEDOUT, KERN_INTERRUPTED, KERN_RESOURCE_SHORTAGE
   */
  async vm_futex_lock(
    address: number,
    flags: number,
    msec: number,
    signal?: AbortSignal,
  ): Answer<{ gen: number; word: number }> {
    const { code, gen, word } = await this.#ask('vm_futex_lock', { address, flags, msec }, signal);
    return { code, gen, word };
  }

  /** KERN_INVALID_ADDRESS, EPERM, EFENCED. Unlocked while its owner had died, and not `consistent`: nobody gets it any more. */
  async vm_futex_unlock(address: number, gen: number): Answer {
    const { code } = await this.#ask('vm_futex_unlock', { address, gen });
    return { code };
  }

  /** What the owner that died left behind has been put right. KERN_INVALID_ADDRESS, EPERM, EFENCED, EINVAL: no owner had died */
  async vm_futex_consistent(address: number, gen: number): Answer {
    const { code } = await this.#ask('vm_futex_consistent', { address, gen });
    return { code };
  }

  /**
   * Answers 0 when the grant is revoked. KERN_INVALID_ADDRESS (also unmapped meanwhile), EPERM (also unlocked meanwhile), KERN_MEMORY_ERROR
   * (its pager has gone: nobody revokes it any more), KERN_INTERRUPTED, KERN_RESOURCE_SHORTAGE
   */
  async vm_futex_fenced(address: number, gen: number, signal?: AbortSignal): Answer {
    const { code } = await this.#ask('vm_futex_fenced', { address, gen }, signal);
    return { code };
  }

  /**
   * Sleeps if the value there is `v1` (with QUAD 64 bits: `v2` is the upper half) until a wake. Flags: SHARED, QUAD, TIMED.
   *
   * KERN_INVALID_ADDRESS (also not to be read), KERN_INVALID_ARGUMENT (another value), KERN_TIMEDOUT,
   * KERN_INTERRUPTED, KERN_MEMORY_ERROR, KERN_RESOURCE_SHORTAGE
   */
  async vm_futex_wait(
    address: number,
    v1: number,
    v2: number,
    msec: number,
    flags: number,
    signal?: AbortSignal,
  ): Answer {
    const { code } = await this.#ask('vm_futex_wait', { address, v1, v2, msec, flags }, signal);
    return { code };
  }

  /** Wakes the oldest that sleeps there, or all. Flags: SHARED, BROADCAST, MUTATE: stores `value` first. KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE, KERN_MEMORY_ERROR */
  async vm_futex_wake(address: number, value: number, flags: number): Answer {
    const { code } = await this.#ask('vm_futex_wake', { address, value, flags });
    return { code };
  }

  /** Who sleeps at `source` sleeps at `target` from now on: one, or all. `wakeOne`: one more is woken. Flags: SHARED, BROADCAST. KERN_INVALID_ADDRESS */
  async vm_futex_requeue(source: number, target: number, wakeOne: boolean, flags: number): Answer {
    const { code } = await this.#ask('vm_futex_requeue', { source, target, wakeOne, flags });
    return { code };
  }

  #ask<K extends KernelCall>(
    call: K,
    fields: Fields<K>,
    signal?: AbortSignal,
  ): Promise<TrapResult<K> & { code: Code }> {
    return this.#task.calls.ask(call, fields, this.#on, signal);
  }
}
