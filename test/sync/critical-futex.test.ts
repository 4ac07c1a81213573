import { critical, delayWakeups, prepare, sleep, wakeup } from 'easync/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FutexLab } from '../task/memory/futex-lab.ts';

// Who waits for a futex sleeps too: its section is open meanwhile (lwkt.md §2.7), for who is to let it go on may wait at the gate.

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

test.each(['locks', 'waits at'] as const)('a section is open while somebody in it %s a futex', async (what) => {
  await using object = await lab.object();
  const [mine, theirs] = object.regions;
  const held = what === 'locks' ? await theirs.futex(0).lock() : null;
  const waiter = await prepare(mine.ident(8));
  const helper = waiter.sleep().then(() => (held === null ? theirs.futex(0).wake({ value: 1 }) : held.unlock()));
  await critical(async () => {
    // Its sleeper here is woken by way of the broker, and so has to wait for the gate.
    await wakeup(theirs.ident(8));
    if (held === null) expect(['woken', 'changed']).toContain(await mine.futex(0).wait(0, { timeoutMs: 10_000 }));
    else await (await mine.futex(0).lock({ timeoutMs: 10_000 })).unlock();
  });
  await helper;
});

test.each(['locks', 'waits at'] as const)('delayed wakeups are over before somebody %s a futex', async (what) => {
  await using object = await lab.object();
  const [mine, theirs] = object.regions;
  const held = what === 'locks' ? await theirs.futex(0).lock() : null;
  const ident = {};
  const helper = sleep(ident).then(() => (held === null ? theirs.futex(0).wake({ value: 1 }) : held.unlock()));
  using _section = delayWakeups();
  wakeup(ident);
  if (held === null) expect(['woken', 'changed']).toContain(await mine.futex(0).wait(0, { timeoutMs: 10_000 }));
  else await (await mine.futex(0).lock({ timeoutMs: 10_000 })).unlock();
  await helper;
});
