import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { Link } from '../../src/link/link.ts';
import { portLink } from '../../src/link/port-link.ts';
import { relay, type Routes, splitRoutes } from '../../src/link/routes.ts';
import { encodeHead, kindOf, routeOf } from '../../src/wire/index.ts';
import { deferred } from './deferred.ts';
import { socketPair } from './kinds.ts';

describe('routes on one link', () => {
  test('each gets its own frames; one that nobody opened is reported', async () => {
    const { a, b } = await socketPair();
    const unknown = deferred<number[]>();
    const left = split(a, () => expect.unreachable());
    const right = split(b, (route, frame) => unknown.resolve([route, kindOf(frame)]));
    const [one, two] = [next(right.open(1)), next(right.open(2))];
    left.open(2).send(encodeHead({ kind: 102 }));
    left.open(1).send(encodeHead({ kind: 101, route: 99 }));
    left.open(3).send(encodeHead({ kind: 103 }));
    expect([await one.frame, await two.frame, await unknown.promise]).toEqual([
      [1, 101],
      [2, 102],
      [3, 103],
    ]);
    a.destroy();
    await Promise.all([one.closed, two.closed]);
  });

  test('closing one tells the peer’s end of it and leaves the others', async () => {
    const { a, b } = await socketPair();
    const left = split(a, () => {});
    const right = split(b, () => {});
    const near = left.open(1);
    const [nearEnd, farEnd, other] = [next(near), next(right.open(1)), next(right.open(2))];
    near.close();
    near.send(encodeHead({ kind: 100 }));
    await Promise.all([nearEnd.closed, farEnd.closed]);
    left.open(2).send(encodeHead({ kind: 102 }));
    expect(await other.frame).toEqual([2, 102]);
    left.open(1).send(encodeHead({ kind: 101 }));
    const again = next(right.open(1));
    left.open(1).send(encodeHead({ kind: 104 }));
    expect((await again.frame)[0]).toBe(1);
    a.close();
    await Promise.all([other.closed, again.closed]);
  });
});

test('the own route starts the shared link, and takes every other with it when it closes', async () => {
  const { a, b } = await socketPair();
  const routes = splitRoutes(a, () => expect.unreachable());
  const other = next(routes.open(1));
  const far = split(b, () => {});
  const farOwn = next(far.open(1));
  far.open(0).send(encodeHead({ kind: 100 }));
  const own = next(routes.main);
  expect(await own.frame).toEqual([0, 100]);
  routes.main.close();
  await Promise.all([own.closed, other.closed, farOwn.closed]);
});

test('a relay carries a route between a socket and a thread’s port, and ends with either', async () => {
  const { a, b } = await socketPair();
  const { port1, port2 } = new MessageChannel();
  const routes = split(a, () => {});
  relay(routes.open(4), portLink(port1, DEFAULT_LIMITS));
  const inThread = portLink(port2, DEFAULT_LIMITS);
  const thread = next(inThread);
  const atBroker = split(b, () => {}).open(4);
  const broker = next(atBroker);
  inThread.send(encodeHead({ kind: 101 }), Buffer.alloc(100_000));
  atBroker.send(encodeHead({ kind: 102 }));
  expect(await broker.frame).toEqual([4, 101]);
  expect(await thread.frame).toEqual([4, 102]);
  inThread.close();
  await Promise.all([thread.closed, broker.closed]);
  a.close();
});

/** Routes of a link whose own route is idle. */
function split(link: Link, onUnknown: Parameters<typeof splitRoutes>[1]): Routes {
  const routes = splitRoutes(link, onUnknown);
  routes.main.start({ onFrame() {}, onClose() {} });
  return routes;
}

/** The first frame of a link, as route and kind, and its end. */
function next(link: Link) {
  const frame = deferred<number[]>();
  const closed = deferred<Error | undefined>();
  link.start({ onFrame: (bytes) => frame.resolve([routeOf(bytes), kindOf(bytes)]), onClose: closed.resolve });
  return { frame: frame.promise, closed: closed.promise };
}
