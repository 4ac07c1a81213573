import { onAbort } from '../msgport/index.ts';
import { deferred } from '../task/index.ts';
import { checkHeldLock } from './arguments.ts';
import type { HeldLock } from './held-lock.ts';
import type { Ident } from './ident.ts';
import { queueOf } from './queue-of.ts';
import { checkDomain, checkSleep, type DomainOptions, type SleepOptions, type SleepResult } from './sleep-options.ts';
import { Waiter } from './waiter.ts';

export type SleepOnOptions = SleepOptions &
  DomainOptions & {
    /** Let go of while it sleeps, and taken again, exclusive, whatever the result (lwkt.md §2.5). */
    lock?: HeldLock;
  };

/**
 * Sleeps on the ident, in one step (tsleep). It is in the queue when this returns its promise, if the ident is of this thread; what is looked
 * at before, and may change meanwhile, is safe only with `lock`, or without any `await` in between.
 *
 * With `lock` (ssleep, lksleep, mtxsleep; §2.5): prepares, releases, sleeps, reacquires. Neither timeout nor signal bounds the latter.
 *
 * Rejects with InvariantError (no ident), IpcError EINVAL, both while the lock is still held; what `prepare` of a shared ident rejects with,
 * likewise; what `release` fails with, and then it has not slept; what `reacquire` fails with, and then the lock is not held.
 */
export function sleep(ident: Ident, options: SleepOnOptions = {}): Promise<SleepResult> {
  return sleepWith(new Waiter(), ident, options);
}

/** The same with this waiter, whose slot is empty afterwards. */
export async function sleepWith(waiter: Waiter, ident: Ident, options: SleepOnOptions): Promise<SleepResult> {
  checkSleep(options);
  const { lock, domain = 0 } = options;
  checkHeldLock(lock);
  checkDomain('prepare', domain);
  // With a lock it is only prepared while it lets go of that, which may fail.
  const entering = waiter.enter(queueOf('prepare', ident), domain, lock === undefined);
  try {
    if (entering instanceof Promise) await entered(entering, options.signal);
    return lock === undefined ? await waiter.sleep(options) : await sleepWithout(lock, waiter, options);
  } finally {
    // A signal may have come before the sleep.
    waiter.remove();
  }
}

/** Or until the signal, of which the sleep then tells: who has to say that it is in the queue may be stopped, and not say so for long. */
async function entered(entering: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await entering);
  const aborted = deferred();
  using _aborts = onAbort(signal, () => aborted.resolve());
  if (signal.aborted) aborted.resolve();
  await Promise.race([entering, aborted.promise]);
}

async function sleepWithout(lock: HeldLock, waiter: Waiter, options: SleepOptions): Promise<SleepResult> {
  const releasing = lock.release();
  if (releasing !== undefined) await releasing;
  try {
    return await waiter.sleep(options);
  } finally {
    await lock.reacquire();
  }
}
