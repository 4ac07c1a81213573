import { expect, test } from 'vitest';
import { Lab, LAB, SERIAL_LAB, Sub } from '../../support/lab.ts';
import { everywhere } from '../../support/everywhere.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/until.ts';

// A call settles exactly once: by its reply, by its deadline, or because what it waited for has gone.
everywhere(Lab, LAB, (open, at) => {
  test('an abort is a request: the driver may ignore it', async () => {
    using lab = await open();
    const abort = new AbortController();
    const held = lab.hold({ key: 'a' }, { signal: abort.signal });
    abort.abort();
    await until(async () => (await lab.log()).includes('abort a'));
    await lab.release({ key: 'a' });
    expect(await held).toBe('a released');
  });

  test('an abort is a request: the driver may finish early', async () => {
    using lab = await open();
    const abort = new AbortController();
    const finish = lab.hold({ key: 'a', onAbort: 'finish' }, { signal: abort.signal });
    const fail = lab.hold({ key: 'b', onAbort: 'fail' }, { signal: abort.signal });
    abort.abort();
    expect(await finish).toBe('a finished early');
    expect(await rejection(fail)).toMatchObject({ code: 'EINTR' });
    expect(await lab.log()).toEqual(['start a', 'start b', 'abort a', 'abort b']);
  });

  test('a signal that fired before the call asks just the same', async () => {
    using lab = await open();
    const held = lab.hold({ key: 'a', onAbort: 'finish' }, { signal: AbortSignal.abort() });
    expect(await held).toBe('a finished early');
    expect(await lab.echo(1, { signal: AbortSignal.abort() })).toBe(1);
  });

  test('a timeout ends the wait with ETIMEDOUT, asks the driver to stop, and drops the late reply', async () => {
    using lab = await open();
    const error = await rejection(lab.hold({ key: 'a' }, { timeoutMs: 1 }));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', handled: 'maybe', object: 'lab.hold' });
    await until(async () => (await lab.log()).includes('abort a'));
    await lab.release({ key: 'a' });
    expect(await lab.echo('next')).toBe('next');
  });

  test('a deadline that is not reached changes nothing', async () => {
    using lab = await open();
    expect(await lab.echoLater(1, { timeoutMs: 60_000 })).toBe(1);
    expect(await lab.echo(2, { timeoutMs: 60_000 })).toBe(2);
  });

  test('a late reply with a right in it leaks nothing', async () => {
    using lab = await open();
    expect(await rejection(lab.subLater({ key: 'a' }, { timeoutMs: 1 }))).toMatchObject({ code: 'ETIMEDOUT' });
    await lab.release({ key: 'a' });
    await until(async () => (await lab.log()).includes('sub: no senders'));
  });

  test('a call on a dead port was certainly not handled', async () => {
    using lab = await open();
    using sub = at.system.bind(Sub, (await lab.sub()).port);
    await sub.close();
    const error = await rejection(sub.next());
    expect(error).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no', object: 'sub.next' });
    expect(await rejection(sub.next())).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no' });
  });

  test('a port that is closed finishes what runs and refuses what waits', async () => {
    using lab = await open();
    using sub = at.system.bind(Sub, (await lab.sub()).port);
    const running = sub.hold();
    const waiting = Array.from({ length: 100 }, () => sub.next());
    const refused = Promise.allSettled(waiting);
    await lab.closeSub();
    await lab.release({ key: 'sub' });
    expect(await running).toBe('sub released');
    for (const outcome of await refused) {
      expect(outcome.status).toBe('rejected');
      expect(outcome).toMatchObject({ reason: { handled: 'no' } });
    }
  });
});

everywhere(Lab, SERIAL_LAB, (open) => {
  test('a call that waits in the queue of a serial driver is aborted when its turn comes', async () => {
    using lab = await open();
    const abort = new AbortController();
    const first = lab.hold({ key: 'a', onAbort: 'finish' }, { signal: abort.signal });
    const second = lab.hold({ key: 'b', onAbort: 'finish' }, { signal: abort.signal });
    abort.abort();
    expect(await Promise.all([first, second])).toEqual(['a finished early', 'b finished early']);
  });
});
