import { InvariantError } from 'easync';
import { type HeldLock, Lockmgr, Owner, prepare, sleep, wakeup } from 'easync/sync';
import { expect } from 'vitest';
import { rejection } from '../../../support/rejection.ts';
import { section } from '../rules.ts';
import type { SleepStage } from '../sleep-stage.ts';

/** A lock that one owner has exclusively, so many times. */
function held(times = 1): { lock: Lockmgr; owner: Owner } {
  const [lock, owner] = [new Lockmgr({ canRecurse: true }), new Owner()];
  for (let i = 0; i < times; i += 1) lock.tryExclusive(owner);
  return { lock, owner };
}

/** A lock that tells what is done with it, in words. */
class Told implements HeldLock {
  readonly steps: string[] = [];
  readonly #onRelease: () => void;

  constructor(onRelease: () => void = () => undefined) {
    this.#onRelease = onRelease;
  }

  release(): void {
    this.steps.push('release');
    this.#onRelease();
  }

  reacquire(): void {
    this.steps.push('reacquire');
  }
}

export const lockedSleeps = section<SleepStage>('§2.5 lock-releasing sleeps', (rule) => {
  rule('interlock before release: what its release wakes is not lost', async (stage) => {
    const { here, there } = stage.place();
    const lock = new Told(() => wakeup(there));
    const sleeper = await stage.asleep(here, { lock });
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    expect(lock.steps).toEqual(['release', 'reacquire']);
  });

  rule('while it sleeps others can have the lock', async (stage) => {
    const { here, there } = stage.place();
    const { lock, owner } = held();
    const sleeper = await stage.asleep(here, { lock: lock.heldBy(owner) });
    const other = new Owner();
    expect([sleeper.outcome, lock.tryExclusive(other)]).toEqual(['asleep', true]);
    lock.release(other);
    await wakeup(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    expect(lock.status(owner)).toBe('exclusive');
  });

  rule('taken again after a wakeup, though another has it: the sleep goes on when it has it', async (stage) => {
    const { here, there } = stage.place();
    const { lock, owner } = held();
    const sleeper = await stage.asleep(here, { lock: lock.heldBy(owner) });
    const other = new Owner();
    lock.tryExclusive(other);
    await wakeup(there);
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    lock.release(other);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    expect(lock.status(owner)).toBe('exclusive');
  });

  rule('taken again after a timeout, and its code is the result', async (stage) => {
    const { lock, owner } = held();
    const sleeper = await stage.asleep(stage.place().here, { lock: lock.heldBy(owner), timeoutMs: 1 });
    expect(await sleeper.settled).toEqual({ code: 'EWOULDBLOCK' });
    expect(lock.status(owner)).toBe('exclusive');
  });

  rule('taken again after a signal, and its code is the result', async (stage) => {
    const { lock, owner } = held();
    const signal = new AbortController();
    const sleeper = await stage.asleep(stage.place().here, { lock: lock.heldBy(owner), signal: signal.signal });
    signal.abort();
    expect(await stage.outcomes(sleeper)).toEqual(['EINTR']);
    expect(lock.status(owner)).toBe('exclusive');
  });

  rule('had although the signal was pending before the sleep', async (stage) => {
    const { lock, owner } = held();
    const sleeper = await stage.asleep(stage.place().here, { lock: lock.heldBy(owner), signal: AbortSignal.abort() });
    expect(sleeper.outcome).toBe('EINTR');
    expect(lock.status(owner)).toBe('exclusive');
  });

  rule('the timeout bounds the sleep, and not how long the lock takes', async (stage) => {
    const { lock, owner } = held();
    const other = new Owner();
    const toAnother: HeldLock = {
      release: () => {
        lock.release(owner);
        lock.tryExclusive(other);
      },
      reacquire: () => lock.heldBy(owner).reacquire(),
    };
    const sleeper = await stage.asleep(stage.place().here, { lock: toAnother, timeoutMs: 1 });
    const brief = await stage.asleep(stage.place().here, { timeoutMs: 5 });
    await brief.settled;
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    lock.release(other);
    expect(await stage.outcomes(sleeper)).toEqual(['EWOULDBLOCK']);
  });

  rule('a signal does not end the wait for the lock', async (stage) => {
    const { here, there } = stage.place();
    const { lock, owner } = held();
    const signal = new AbortController();
    const sleeper = await stage.asleep(here, { lock: lock.heldBy(owner), signal: signal.signal });
    const other = new Owner();
    lock.tryExclusive(other);
    await wakeup(there);
    await stage.settle();
    signal.abort();
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    lock.release(other);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('unconditionally: whatever is fixed with the lock does not apply', async (stage) => {
    const { here, there } = stage.place();
    const lock = new Lockmgr({ noWait: true, sleepFail: true, cancelable: true, timeLimitMs: 1 });
    const [owner, other] = [new Owner(), new Owner()];
    lock.tryExclusive(owner);
    const sleeper = await stage.asleep(here, { lock: lock.heldBy(owner) });
    lock.tryExclusive(other);
    lock.cancelBegin(other);
    await wakeup(there);
    const brief = await stage.asleep(stage.place().here, { timeoutMs: 5 });
    await brief.settled;
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
    lock.release(other);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    expect(lock.status(owner)).toBe('exclusive');
  });

  rule('lksleep lets go of one level: a recursed lock stays held across the sleep', async (stage) => {
    const { here, there } = stage.place();
    const { lock, owner } = held(2);
    const sleeper = await stage.asleep(here, { lock: lock.heldBy(owner) });
    expect([lock.status(owner), lock.tryExclusive(new Owner())]).toEqual(['exclusive', false]);
    await wakeup(there);
    expect(await stage.outcomes(sleeper)).toEqual([0]);
    lock.release(owner);
    expect(lock.status(owner)).toBe('exclusive');
    lock.release(owner);
    expect(lock.isInUse).toBe(false);
  });

  rule('a lock that takes its time to be let go of is no gap, either', async (stage) => {
    const { here, there } = stage.place();
    const slow: HeldLock = {
      release: async () => {
        await stage.settle();
        await wakeup(there);
        await stage.settle();
      },
      reacquire: () => Promise.resolve(),
    };
    const sleeper = await stage.asleep(here, { lock: slow });
    await stage.settle();
    await stage.settle();
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('a null ident is a panic with the lock still held', async () => {
    const { lock, owner } = held();
    const none = null as unknown as object;
    expect(await rejection(sleep(none, { lock: lock.heldBy(owner) }))).toBeInstanceOf(InvariantError);
    expect(lock.status(owner)).toBe('exclusive');
  });
});

export const races = section<SleepStage>('§2.6 race analysis', (rule) => {
  rule('a waker at any point after the test dequeues: hold, test, prepare, drop, sleep', async (stage) => {
    // The waker needs the lock to change what is tested, so these are the only points where it can come.
    for (const point of ['before the sleep', 'in the sleep'] as const) {
      const { here, there } = stage.place();
      const [lock, sleeper, waker] = [new Lockmgr(), new Owner(), new Owner()];
      let isDone = false;
      const changes = async (): Promise<void> => {
        expect(lock.tryExclusive(waker)).toBe(true);
        isDone = true;
        lock.release(waker);
        await wakeup(there);
        await stage.settle();
      };
      lock.tryExclusive(sleeper);
      expect(isDone).toBe(false);
      const waiter = await prepare(here);
      lock.release(sleeper);
      if (point === 'before the sleep') await changes();
      const asleep = await stage.commit(waiter);
      if (point === 'in the sleep') await changes();
      expect(await stage.outcomes(asleep)).toEqual([0]);
      expect(isDone).toBe(true);
    }
  });

  rule('a bounded buffer between one that puts and one that takes loses nothing and hangs never', async (stage) => {
    const [full, empty] = [stage.place().here, stage.place().here];
    const [lock, putter, taker] = [new Lockmgr(), new Owner('putter'), new Owner('taker')];
    const buffer: number[] = [];
    const taken: number[] = [];
    const put = async (): Promise<void> => {
      for (let i = 0; i < 20; i += 1) {
        await lock.exclusive(putter);
        while (buffer.length === 2) await sleep(full, { lock: lock.heldBy(putter) });
        buffer.push(i);
        lock.release(putter);
        await wakeup(empty);
      }
    };
    const take = async (): Promise<void> => {
      for (let i = 0; i < 20; i += 1) {
        await lock.exclusive(taker);
        while (buffer.length === 0) await sleep(empty, { lock: lock.heldBy(taker) });
        taken.push(buffer.shift() ?? -1);
        lock.release(taker);
        await wakeup(full);
      }
    };
    await Promise.all([put(), take()]);
    expect(taken).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});
