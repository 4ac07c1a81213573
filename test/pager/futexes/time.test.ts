import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { realHost } from '../../../src/host/real.ts';
import { simulatedHost } from '../../../src/host/simulated.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import type { Host } from '../../../src/host/host.ts';
import { ObjectFutexes } from '../../../src/pager/object-futexes.ts';
import { until } from '../../support/until.ts';

const KNOWN = { size: 4096, isKnown: true };

function lock(futexes: ObjectFutexes, kernel: number): number {
  futexes.receive(kernel, { kind: 'memory_object_lock_futex', reqId: 1, offset: 0, flags: 0 }, KNOWN);
  let gen = 0;
  for (const effect of futexes.takeEffects()) {
    if (effect.type === 'send' && effect.message.kind === 'memory_object_futex_granted') gen = effect.message.gen;
  }
  return gen;
}

function released(futexes: ObjectFutexes, kernel: number, gen: number): void {
  futexes.receive(kernel, { kind: 'memory_object_futex_released', offset: 0, gen, state: 0 }, KNOWN);
}

test('a pager that is started again gives out no generation a second time', async () => {
  const host = simulatedHost(1);
  const served = (): ObjectFutexes => new ObjectFutexes({}, host, () => undefined);
  const before = served();
  for (let turn = 0; turn < 500; turn += 1) released(before, 1, lock(before, 1));
  const last = lock(before, 1);
  await host.advance(1);
  const after = served();
  expect(lock(after, 1)).toBeGreaterThan(last);
  expect(after.holds(0, BigInt(last))).toBe(false);
});

test('what came in time counts, also where the pager was too busy to hear it in time', async () => {
  const { port1, port2 } = new MessageChannel();
  let hasExpired = false;
  const host: Host = realHost(DEFAULT_LIMITS);
  using futexes = new ObjectFutexes({ budgetMs: 20 }, host, () => (hasExpired = true));
  const gen = lock(futexes, 1);
  lock(futexes, 2);
  let isHeard = false;
  port2.on('message', () => {
    isHeard = true;
    expect(futexes.holds(0, BigInt(gen))).toBe(true);
    released(futexes, 1, gen);
    expect(futexes.holds(0, BigInt(gen))).toBe(false);
    for (const effect of futexes.takeEffects()) expect(effect).toMatchObject({ type: 'send', kernel: 2 });
  });
  port1.postMessage('a release is on its way');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
  await until(() => isHeard);
  port1.close();
  expect(hasExpired).toBe(false);
});
