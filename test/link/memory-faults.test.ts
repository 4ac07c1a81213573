import { expect, test } from 'vitest';
import { simulatedHost } from '../../src/host/simulated.ts';
import { memoryLinkPair } from '../../src/link/memory-link.ts';
import { encodeHead, kindOf } from '../../src/wire/index.ts';

test('delay: frames arrive that much later, in order, also when the delay shrinks', async () => {
  const { host, a, aToB, log } = setUp();
  aToB.delay(50);
  a.send(encodeHead({ kind: 1 }));
  a.flush();
  aToB.delay(10);
  a.send(encodeHead({ kind: 2 }));
  a.close();
  await host.run();
  expect(log).toEqual(['+50 b 1', '+50 b 2', '+0 a closed', '+50 b closed'].sort(byTime));
});

test('hold keeps everything back, the end too, until release', async () => {
  const { host, a, aToB, log } = setUp();
  aToB.hold();
  a.send(encodeHead({ kind: 1 }));
  a.close();
  await host.advance(1000);
  expect(log).toEqual(['+0 a closed']);
  aToB.release();
  await host.run();
  expect(log).toEqual(['+0 a closed', '+1000 b 1', '+1000 b closed']);
});

test('cut: one direction is silent, the other goes on', async () => {
  const { host, a, b, aToB, log } = setUp();
  aToB.cut();
  a.send(encodeHead({ kind: 1 }));
  b.send(encodeHead({ kind: 2 }));
  await host.run();
  expect(log).toEqual(['+0 a 2']);
  expect(a.pendingBytes).toBe(64);
});

test('kill: what is on its way is lost, both ends close', async () => {
  const { host, a, b, aToB, log } = setUp();
  aToB.delay(5);
  a.send(encodeHead({ kind: 1 }));
  a.flush();
  await host.advance(1);
  aToB.kill();
  b.send(encodeHead({ kind: 2 }));
  await host.run();
  expect([...log].sort(byTime)).toEqual(['+1 a closed', '+1 b closed']);
});

test('destroy loses what is corked and not what has been flushed', async () => {
  const { host, a, log } = setUp();
  a.send(encodeHead({ kind: 1 }));
  a.flush();
  a.send(encodeHead({ kind: 2 }));
  a.destroy();
  await host.run();
  expect([...log].sort(byTime)).toEqual(['+0 a closed', '+0 b 1', '+0 b closed']);
});

function setUp() {
  const host = simulatedHost(5);
  const pair = memoryLinkPair(host);
  const begin = host.now();
  const log: string[] = [];
  for (const [name, link] of [
    ['a', pair.a],
    ['b', pair.b],
  ] as const) {
    const note = (what: string | number) => void log.push(`+${host.now() - begin} ${name} ${what}`);
    link.start({ onFrame: (frame) => note(kindOf(frame)), onClose: () => note('closed') });
  }
  return { ...pair, host, log };
}

function byTime(first: string, second: string): number {
  return Number.parseInt(first, 10) - Number.parseInt(second, 10) || first.localeCompare(second);
}
