import {
  critical,
  heldFutex,
  type Ident,
  Lockmgr,
  Owner,
  prepare,
  serveLockmgr,
  sleep,
  SharedLockmgr,
  Waiter,
  wakeup,
  wakeupOne,
} from 'easync/sync';
import { boot, type SharedIdent, type System } from 'easync';
import { Pager } from 'easync/pager';
import { expect, expectTypeOf, test } from 'vitest';
import { rejection } from '../support/rejection.ts';

// What programs without types get wrong: each is told, and nothing is lost by it.

/** What is no argument of this kind, for a compiler that would not have it. */
const wrong = (value: unknown): never => value as never;
const EINVAL = expect.objectContaining({ code: 'EINVAL' });
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const ASKED = [
  ...['shared', 'exclusive', 'upgrade', 'exclusiveUpgrade', 'tryShared', 'tryExclusive', 'tryUpgrade'],
  ...[
    'tryExclusiveUpgrade',
    'downgrade',
    'release',
    'cancelBegin',
    'cancelEnd',
    'disown',
    'isOwned',
    'heldBy',
    'leave',
  ],
] as const;

test.each([undefined, null, 'who', { label: 'who' }])('%j is no owner', (who) => {
  const lock = new Lockmgr();
  for (const op of ASKED) {
    expect(() => lock[op](wrong(who)), op).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('new Owner') }),
    );
  }
  expect(lock.isInUse).toBe(false);
});

test('a signal that is none keeps no request in the queue, and no sleeper', async () => {
  const [lock, holder, next] = [new Lockmgr(), new Owner('holder'), new Owner('next')];
  lock.tryExclusive(holder);
  const signal = wrong(new AbortController());
  expect(() => lock.exclusive(next, { signal })).toThrow(EINVAL);
  expect(() => new Lockmgr({ signal })).toThrow(EINVAL);
  lock.release(holder);
  expect(lock.isInUse).toBe(false);

  const queue = {};
  const waiter = prepare(queue);
  expect(await rejection(waiter.sleep({ signal }))).toEqual(EINVAL);
  expect(await rejection(sleep(queue, { signal }))).toEqual(EINVAL);
  expect(await rejection(sleep(queue, { restarts: wrong(true) }))).toEqual(EINVAL);
  for (const ms of ['5', null, 1n, Number.NaN].map(wrong)) {
    expect(await rejection(sleep(queue, { timeoutMs: ms }))).toEqual(EINVAL);
    expect(() => lock.exclusive(next, { timeLimitMs: ms })).toThrow(EINVAL);
  }
  const sleeps = waiter.sleep();
  wakeupOne(queue);
  expect(await sleeps).toEqual({ code: 0 });
});

test('a time under the name that it has elsewhere, one that is no number, and options that are none: nobody waits for ever', async () => {
  const [lock, holder, next] = [new Lockmgr(), new Owner('holder'), new Owner('next')];
  lock.tryExclusive(holder);
  for (const [options, text] of [
    [{ timeoutMs: 5 }, 'use timeLimitMs'],
    [{ timeLimitMs: '5' }, "not '5'"],
    [50, 'options are an object, not'],
    ['next', 'options are an object, not'],
    [null, 'options are an object, not'],
  ] as const) {
    expect(() => lock.exclusive(next, wrong(options))).toThrow(text);
    expect(() => lock.tryShared(next, wrong(options))).toThrow(text);
    expect(() => new Lockmgr(wrong(options))).toThrow(text);
  }
  lock.release(holder);
  expect(lock.isInUse).toBe(false);
  for (const asked of [() => wakeupOne({}, wrong(5)), () => prepare({}, wrong('5'))]) expect(asked).toThrow(EINVAL);
  for (const [options, text] of [
    [{ timeLimitMs: 5 }, 'use timeoutMs'],
    [{ timeoutMs: '5' }, "not '5'"],
    [50, 'options are an object, not'],
    [null, 'options are an object, not'],
  ] as const) {
    const error = await rejection(sleep({}, wrong(options)));
    expect(error).toEqual(EINVAL);
    expect(error.message).toContain(text);
  }
});

test('what `restarts` throws is what the request rejects with, and nothing else fails', async () => {
  const [lock, holder, next] = [new Lockmgr(), new Owner('holder'), new Owner('next')];
  lock.tryExclusive(holder);
  const controller = new AbortController();
  const restarts = (): boolean => {
    throw new RangeError('mine');
  };
  const waits = rejection(Promise.resolve(lock.exclusive(next, { signal: controller.signal, restarts })));
  await turn();
  controller.abort();
  expect(await waits).toBeInstanceOf(RangeError);
  expect(await rejection(sleep({}, { signal: controller.signal, restarts }))).toBeInstanceOf(RangeError);
  lock.release(holder);
  expect(lock.isInUse).toBe(false);
  expect(() => lock.exclusive(next, { restarts: wrong(5) })).toThrow(EINVAL);
});

test('a lock instead of its hold: the text says what to give, and it stays held', async () => {
  const [lock, owner] = [new Lockmgr(), new Owner('owner')];
  lock.tryExclusive(owner);
  for (const held of [lock, {}, null]) {
    expect(await rejection(sleep({}, { lock: wrong(held) }))).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('heldBy'),
    });
  }
  expect(lock.status(owner)).toBe('exclusive');
});

test.each([undefined, 5, Promise.resolve()])('a section of %s', async (fn) => {
  expect(await rejection(critical(wrong(fn)))).toMatchObject({ code: 'EINVAL', op: 'critical' });
});

test('a futex without its guard is no lock that a sleep could let go of', () => {
  for (const futex of [undefined, { lock: () => {} }]) {
    expect(() => heldFutex(wrong(futex), wrong(undefined))).toThrow(EINVAL);
  }
});

test.each([5, Number.NaN, true, 1n])('%s is nothing to sleep on', async (ident) => {
  const text = `an ident is an object, a string or a symbol, not ${ident}`;
  expect(() => prepare(wrong(ident))).toThrow(text);
  expect(() => new Waiter().prepare(wrong(ident))).toThrow(text);
  expect(() => wakeup(wrong(ident))).toThrow(text);
  await expect(sleep(wrong(ident))).rejects.toThrow(text);
});

test('of a lock of several tasks', async () => {
  await using sys: System = await boot({ limits: { lockOwners: 1, lockWaiters: 5, heldBack: 5 } });
  expect(() => serveLockmgr(sys, wrong(undefined))).toThrow(EINVAL);
  expect(() => serveLockmgr(sys, wrong({}))).toThrow(EINVAL);
  expect(() => serveLockmgr(wrong(undefined), new Lockmgr())).toThrow(/EINVAL: serveLockmgr: it takes a system/u);
  expect(await rejection(SharedLockmgr.open(wrong(undefined)))).toEqual(EINVAL);
  expect(await rejection(SharedLockmgr.open(wrong({})))).toEqual(EINVAL);
  using served = serveLockmgr(sys, new Lockmgr());
  const released = served.right();
  released.deallocate();
  expect(() => wakeup(released)).toThrow(/^ERELEASED: wakeup:/u);
  expect(() => prepare(released)).toThrow(/^ERELEASED: prepare:/u);
  using lock = await SharedLockmgr.open(served.right());
  for (const who of [undefined, 'who', { label: 'who' }].map(wrong)) {
    for (const asked of [lock.exclusive(who), lock.tryShared(who), lock.release(who), lock.isOwned(who)]) {
      expect(await rejection(asked)).toEqual(EINVAL);
    }
    expect(() => lock.heldBy(who)).toThrow(EINVAL);
  }
  for (const options of [{ signal: 5 }, { timeoutMs: 5 }, { timeLimitMs: '5' }, 50, null]) {
    expect(await rejection(lock.exclusive(new Owner(), wrong(options)))).toEqual(EINVAL);
    expect(await rejection(lock.tryShared(new Owner(), wrong(options)))).toEqual(EINVAL);
  }
  expect(await lock.isInUse()).toBe(false);
  await expect(lock.release(new Owner())).rejects.toThrow(/release of lock: client \d+'s owner \d+ does not have it/u);

  using pager = await sys.open(Pager, 'easync/servers/pager-anon');
  const { port } = await pager.open({ of: { size: 1 } });
  expect(await rejection(SharedLockmgr.open(port))).toMatchObject({
    code: 'EBADBODY',
    message: expect.stringContaining('is the right one to this kind of port?'),
  });

  await lock.shared(new Owner());
  expect(await rejection(lock.shared(new Owner()))).toMatchObject({ code: 'ELIMIT' });
});

test('of an ident that may be shared the answer may be a promise, and the compiler says so', () => {
  const onAny = (ident: Ident): unknown[] => {
    expectTypeOf(prepare(ident)).toEqualTypeOf<Waiter | Promise<Waiter>>();
    expectTypeOf(new Waiter().prepare(ident)).toEqualTypeOf<Waiter | Promise<Waiter>>();
    return [wakeup(ident), wakeupOne(ident)].map((woken) => expectTypeOf(woken).toEqualTypeOf<void | Promise<void>>());
  };
  onAny({});
  const onLocal = (ident: object | string | symbol): void => {
    expectTypeOf(prepare(ident)).toEqualTypeOf<Waiter>();
    expectTypeOf(wakeup(ident)).toEqualTypeOf<void>();
  };
  onLocal([]);
  const onWord = (ident: SharedIdent): void => void expectTypeOf(wakeup(ident)).toEqualTypeOf<void | Promise<void>>();
  expect(onWord).toBeTypeOf('function');
});
