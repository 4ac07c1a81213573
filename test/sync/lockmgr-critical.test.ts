import { expect, test } from 'vitest';
import { critical, Lockmgr, Owner } from '../../src/sync/index.ts';
import { gate } from '../../src/task/critical.ts';
import { quiet } from './settled.ts';

const [a, b, c] = [new Owner('a'), new Owner('b'), new Owner('c')] as const;

test('who waits for a lock keeps what it has, and its critical section is open meanwhile (lwkt.md §3.7)', async () => {
  const [lock, kept] = [new Lockmgr(), new Lockmgr()];
  const closed: boolean[] = [];
  lock.tryExclusive(b);
  const section = critical(async () => {
    // Had in place: nobody has slept.
    await kept.exclusive(a);
    closed.push(gate.holds);
    const waiting = lock.shared(a);
    closed.push(gate.holds);
    await waiting;
    closed.push(gate.holds);
  });
  await quiet();
  expect([kept.status(a), kept.tryShared(c), gate.holds]).toEqual(['exclusive', false, false]);
  lock.release(b);
  await section;
  expect(closed).toEqual([true, false, true]);
  expect([lock.status(a), kept.status(a), gate.holds]).toEqual(['shared', 'exclusive', false]);
});

test('a request that fails has closed the section again before anybody hears of it', async () => {
  const lock = new Lockmgr();
  const stop = new AbortController();
  lock.tryExclusive(b);
  const section = critical(async () => {
    await expect(lock.exclusive(a, { signal: stop.signal })).rejects.toMatchObject({ code: 'EINTR' });
    return gate.holds;
  });
  stop.abort();
  expect(await section).toBe(true);
});
