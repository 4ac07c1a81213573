import { InvariantError, IpcError } from 'easync';
import { prepare, sleep, Waiter, wakeup, wakeupDomain, wakeupOne } from 'easync/sync';
import { expect } from 'vitest';
import { HandClock } from '../../../sync/hand-clock.ts';
import { rejection } from '../../../support/rejection.ts';
import { section } from '../rules.ts';
import type { SleepStage } from '../sleep-stage.ts';

export const results = section<SleepStage>('§2.3 results', (rule) => {
  rule('0: woken', async (stage) => {
    const { here, there } = stage.place();
    const sleeper = await stage.asleep(here);
    await wakeup(there);
    expect(await sleeper.settled).toEqual({ code: 0 });
  });

  rule('EWOULDBLOCK: the timeout', async (stage) => {
    const sleeper = await stage.asleep(stage.place().here, { timeoutMs: 2 });
    expect(await sleeper.settled).toEqual({ code: 'EWOULDBLOCK' });
  });

  rule('EINTR: a signal, with PCATCH', async (stage) => {
    const signal = new AbortController();
    const sleeper = await stage.asleep(stage.place().here, { signal: signal.signal });
    signal.abort('SIGTERM');
    expect(await sleeper.settled).toEqual({ code: 'EINTR', reason: 'SIGTERM' });
  });

  rule('ERESTART: a signal that does not interrupt system calls', async (stage) => {
    const signal = new AbortController();
    const restarts = (reason: unknown): boolean => reason === 'SIGWINCH';
    const sleeper = await stage.asleep(stage.place().here, { signal: signal.signal, restarts });
    signal.abort('SIGWINCH');
    expect(await sleeper.settled).toEqual({ code: 'ERESTART', reason: 'SIGWINCH' });
  });

  rule('EINTR: which signals restart is asked of each', async (stage) => {
    const signal = new AbortController();
    const restarts = (reason: unknown): boolean => reason === 'SIGWINCH';
    const sleeper = await stage.asleep(stage.place().here, { signal: signal.signal, restarts });
    signal.abort('SIGTERM');
    expect(await sleeper.settled).toEqual({ code: 'EINTR', reason: 'SIGTERM' });
  });

  rule('a signal that is pending before the sleep: at once', async (stage) => {
    const sleeper = await stage.asleep(stage.place().here, { signal: AbortSignal.abort('SIGTERM') });
    expect(sleeper.outcome).toBe('EINTR');
  });

  rule('a pending signal counts even though the interlock was consumed', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here);
    await wakeup(there);
    await stage.settle();
    expect((await stage.commit(waiter, { signal: AbortSignal.abort('SIGTERM') })).outcome).toBe('EINTR');
    waiter.remove();
  });

  rule('who was interrupted before it slept takes no wakeup of one from the next', async (stage) => {
    const { here, there } = stage.place();
    const waiter = await prepare(here);
    await stage.commit(waiter, { signal: AbortSignal.abort('SIGTERM') });
    const next = await stage.asleep(here);
    await wakeupOne(there);
    expect(await stage.outcomes(next)).toEqual([0]);
    waiter.remove();
  });

  rule('who has timed out is in no queue: the wakeup of one is for the next', async (stage) => {
    const { here, there } = stage.place();
    const first = await stage.asleep(here, { timeoutMs: 2 });
    const second = await stage.asleep(here);
    await first.settled;
    await wakeupOne(there);
    expect(await stage.outcomes(second)).toEqual([0]);
  });

  rule('who was interrupted is in no queue: the wakeup of one is for the next', async (stage) => {
    const { here, there } = stage.place();
    const signal = new AbortController();
    const first = await stage.asleep(here, { signal: signal.signal });
    const second = await stage.asleep(here);
    signal.abort();
    await wakeupOne(there);
    expect(await stage.outcomes(first, second)).toEqual(['EINTR', 0]);
  });

  rule('timo 0 is no timeout', async (stage) => {
    const { here, there } = stage.place();
    const [zero, brief] = [await stage.asleep(here, { timeoutMs: 0 }), await stage.asleep(here, { timeoutMs: 3 })];
    await brief.settled;
    expect(zero.outcome).toBe('asleep');
    await wakeup(there);
    expect(await stage.outcomes(zero)).toEqual([0]);
  });

  rule('with both a timeout and a signal the wakeup still is 0', async (stage) => {
    const { here, there } = stage.place();
    const { signal } = new AbortController();
    const sleeper = await stage.asleep(here, { timeoutMs: 60_000, signal });
    await wakeup(there);
    expect(await sleeper.settled).toEqual({ code: 0 });
  });
});

export const precedence = section<SleepStage>('§2.3 precedence', (rule) => {
  rule('timeout beats signal, whichever came first', async (stage) => {
    for (const isSignalFirst of [true, false]) {
      const [clock, signal] = [new HandClock(), new AbortController()];
      const waiter = new Waiter(clock).prepare(stage.place().here);
      const sleeper = await stage.commit(waiter, { timeoutMs: 10, signal: signal.signal });
      if (isSignalFirst) signal.abort();
      clock.pass(10);
      signal.abort();
      expect(await stage.outcomes(sleeper)).toEqual(['EWOULDBLOCK']);
    }
  });

  rule('signal beats wakeup: one that comes before the woken sleeper runs', async (stage) => {
    const { here } = stage.place();
    const signal = new AbortController();
    const sleeper = await stage.asleep(here, { signal: signal.signal });
    wakeup(here);
    signal.abort('SIGTERM');
    expect(await sleeper.settled).toEqual({ code: 'EINTR', reason: 'SIGTERM' });
  });

  rule('timeout beats wakeup: its timer catches a sleeper that is runnable already', async (stage) => {
    const { here } = stage.place();
    const clock = new HandClock();
    const sleeper = await stage.commit(new Waiter(clock).prepare(here), { timeoutMs: 10 });
    wakeup(here);
    clock.pass(10);
    expect(await stage.outcomes(sleeper)).toEqual(['EWOULDBLOCK']);
  });

  rule('an error is no proof that no wakeup of one was consumed: it has to be handed on', async (stage) => {
    const { here } = stage.place();
    const signal = new AbortController();
    const [first, second] = [await stage.asleep(here, { signal: signal.signal }), await stage.asleep(here)];
    wakeupOne(here);
    signal.abort();
    expect(await stage.outcomes(first, second)).toEqual(['EINTR', 'asleep']);
    wakeupOne(here);
    expect(await stage.outcomes(second)).toEqual([0]);
  });

  rule(
    'the timer is armed only once it is descheduled: time between prepare and sleep does not count',
    async (stage) => {
      const clock = new HandClock();
      const waiter = new Waiter(clock).prepare(stage.place().here);
      clock.pass(3_600_000);
      const sleeper = await stage.commit(waiter, { timeoutMs: 10 });
      clock.pass(9);
      expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
      clock.pass(1);
      expect(await stage.outcomes(sleeper)).toEqual(['EWOULDBLOCK']);
    },
  );

  rule('a consumed interlock has no timer: 0, and not EWOULDBLOCK', async (stage) => {
    const clock = new HandClock();
    const { here } = stage.place();
    const waiter = new Waiter(clock).prepare(here);
    wakeup(here);
    const sleeping = waiter.sleep({ timeoutMs: 1 });
    clock.pass(1);
    expect(await sleeping).toEqual({ code: 0 });
  });

  rule('the timer of a sleep that is over does nothing to the next', async (stage) => {
    const clock = new HandClock();
    const { here } = stage.place();
    const waiter = new Waiter(clock).prepare(here);
    const first = await stage.commit(waiter, { timeoutMs: 10 });
    wakeup(here);
    await first.settled;
    waiter.prepare(here);
    const second = await stage.commit(waiter);
    clock.pass(10);
    expect(await stage.outcomes(second)).toEqual(['asleep']);
  });

  rule('without PCATCH there is nothing to interrupt it', async (stage) => {
    const sleeper = await stage.asleep(stage.place().here);
    new AbortController().abort();
    expect(await stage.outcomes(sleeper)).toEqual(['asleep']);
  });

  rule('a null ident is a panic, whoever comes with it', async () => {
    for (const none of [null, undefined] as unknown as object[]) {
      for (const call of [
        () => prepare(none),
        () => sleep(none),
        () => wakeup(none),
        () => wakeupOne(none),
        () => wakeupDomain(none, 1),
      ]) {
        expect(await rejection((async () => call())())).toBeInstanceOf(InvariantError);
      }
    }
  });

  rule('success without a wakeup is legal: tsleep_remove of a sleeper', async (stage) => {
    const waiter = prepare(stage.place().here);
    const sleeper = await stage.commit(waiter);
    waiter.remove();
    expect(await stage.outcomes(sleeper)).toEqual([0]);
  });

  rule('a timeout that is none is refused before anything has happened', async (stage) => {
    const { here } = stage.place();
    for (const timeoutMs of [-1, Number.NaN, Infinity]) {
      const error = await rejection(sleep(here, { timeoutMs }));
      expect(error).toBeInstanceOf(IpcError);
      expect(error).toMatchObject({ code: 'EINVAL' });
    }
  });
});
