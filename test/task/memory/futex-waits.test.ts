import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { FutexLab, mapped } from './futex-lab.ts';
import { PAGE } from './raw-pager.ts';

// Waiting for a futex: how it ends, and that who gave up is in nobody's way.

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

/** All calls that `there` has made have reached the broker. */
async function arrived(): Promise<void> {
  await lab.there.task.traps.vm_region(0);
}

test('a wait for a lock ends after its time, and the time does not count where it is had at once', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes();
  const guard = await mine.lock({ timeoutMs: 10_000 });
  for (const timeoutMs of [0, 0.5, 3]) {
    const error = await rejection(theirs.lock({ timeoutMs }));
    expect(error).toMatchObject({ code: 'KERN_TIMEDOUT', op: 'lock' });
  }
  const patient = theirs.lock({ timeoutMs: 2 ** 31 });
  await guard.unlock();
  await (await patient).unlock();
  for (const timeoutMs of [0, 1]) {
    using again = await mine.lock({ timeoutMs });
    expect(again.isHeld).toBe(true);
  }
});

test('a time or a signal that cannot be meant is refused, before anything is asked for', async () => {
  await using object = await lab.object();
  const [futex, theirs] = object.futexes();
  const times = [-1, Number.NaN, Infinity, 2 ** 31 + 1, '5' as unknown as number, 5n as unknown as number];
  const signals = [null, {}, 'signal'] as unknown as AbortSignal[];
  const gaveUp = AbortSignal.abort();
  const guard = await theirs.lock();
  for (const options of [
    ...times.map((timeoutMs) => ({ timeoutMs, signal: gaveUp })),
    ...signals.map((signal) => ({ signal })),
  ]) {
    expect(await rejection(futex.lock(options))).toMatchObject({ code: 'EINVAL', op: 'lock' });
    expect(await rejection(futex.wait(0, options))).toMatchObject({ code: 'EINVAL', op: 'wait' });
  }
  // Nor by a call: nobody would know of what it is granted.
  const { address } = object.regions[0];
  for (const signal of [{}, 'signal'] as unknown as AbortSignal[]) {
    await expect(lab.here.task.traps.vm_futex_lock(address, 0, 0, signal)).rejects.toThrow(TypeError);
  }
  await guard.unlock();
  await (await theirs.lock({ timeoutMs: 60_000 })).unlock();
  await (await futex.lock()).unlock();
});

test('a signal ends a wait; one that has fired before, at once', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes();
  const guard = await mine.lock();
  const gaveUp = new AbortController();
  const waiting = rejection(theirs.lock({ signal: gaveUp.signal }));
  const next = theirs.lock();
  await arrived();
  gaveUp.abort();
  expect(await waiting).toMatchObject({ code: 'KERN_INTERRUPTED', op: 'lock' });
  expect(await rejection(mine.lock({ signal: gaveUp.signal }))).toMatchObject({ code: 'KERN_INTERRUPTED' });
  await guard.unlock();
  await (await next).unlock();
  expect(await rejection(mine.lock({ signal: gaveUp.signal }))).toMatchObject({ code: 'KERN_INTERRUPTED' });
});

test('a grant that crosses the signal is a grant', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes();
  const outcomes = new Set<string>();
  // The unlock and the signal leave by different links: either may come first, and both do.
  for (let round = 0; round < 200 && outcomes.size < 2; round += 1) {
    const guard = await mine.lock();
    const gaveUp = new AbortController();
    const waiting = Promise.resolve(theirs.lock({ signal: gaveUp.signal })).then(
      async (held) => {
        await held.unlock();
        return 'granted';
      },
      (error: { code: string }) => error.code,
    );
    await arrived();
    const [first, second] = [() => guard.unlock(), () => gaveUp.abort()];
    const unlocked = round % 2 === 0 ? first() : undefined;
    second();
    await (round % 2 === 0 ? unlocked : first());
    outcomes.add(await waiting);
    // Whatever came of it, nobody has it now.
    const free = await mine.tryLock();
    expect(free).not.toBeNull();
    await free?.unlock();
  }
  expect([...outcomes].sort()).toEqual(['KERN_INTERRUPTED', 'granted']);
});

test('who unmaps while it waits is in nobody’s way', async () => {
  await using object = await lab.object();
  const [mine, theirs] = object.futexes();
  const guard = await mine.lock();
  await object.regions[1].unmap();
  const region = await mapped(lab.there, object.name);
  const waiting = rejection(region.futex(0).lock());
  await arrived();
  await region.unmap();
  expect(await waiting).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
  expect(await rejection(theirs.lock())).toMatchObject({ code: 'ERELEASED', op: 'lock' });
  await guard.unlock();
  await (await mine.lock()).unlock();
});

describe('where there can be no futex', () => {
  test('outside, beside a word, or in what is not mapped any more', async () => {
    await using object = await lab.object();
    const [region] = object.regions;
    for (const offset of [-4, 2, 2 * PAGE - 2, 2 * PAGE, 0.5, Number.NaN]) {
      expect(() => region.futex(offset)).toThrow(expect.objectContaining({ code: 'KERN_INVALID_ADDRESS' }));
    }
    await region.unmap();
    expect(() => region.futex(0)).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
  });

  test('in what was unmapped, whatever is mapped in its place', async () => {
    const { vm } = lab.here.task;
    const region = await vm.allocate(PAGE);
    const futex = region.futex(0);
    await (await futex.lock()).unlock();
    const guard = await futex.lock();
    await region.unmap();
    await using next = await vm.allocate(PAGE);
    await (await next.futex(0).lock()).unlock();
    expect(await rejection(futex.lock())).toMatchObject({ code: 'ERELEASED', op: 'lock' });
    const held = await next.futex(0).lock();
    expect(await rejection(guard.unlock())).toMatchObject({ code: 'ERELEASED', op: 'unlock' });
    expect(await rejection(next.futex(0).lock())).toMatchObject({ code: 'EDEADLK' });
    await held.unlock();
  });

  test('what may only be read cannot be locked', async () => {
    await using object = await lab.object();
    const [futex, theirs] = object.futexes();
    await (await futex.lock()).unlock();
    await using reader = await mapped(lab.here, object.name, 'r');
    expect(await rejection(reader.futex(0).lock())).toMatchObject({ code: 'KERN_PROTECTION_FAILURE', op: 'lock' });
    const guard = await futex.lock();
    await object.regions[0].protect('r');
    expect(guard.isHeld).toBe(true);
    expect(await theirs.tryLock()).toBeNull();
    await guard.unlock();
    expect(await rejection(futex.lock())).toMatchObject({ code: 'KERN_PROTECTION_FAILURE' });
    await object.regions[0].protect('rw');
    await (await futex.lock()).unlock();
  });
});
