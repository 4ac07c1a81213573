import { DISP, named, NOTIFY } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';
import type { Begun } from '../world.ts';

const { MOVE_RECEIVE, MAKE_SEND_ONCE } = DISP;
const FULL = 'MACH_SEND_TIMED_OUT';

export const backPressure = section('§9 queue limit and back-pressure', (rule) => {
  for (const qlimit of [1, 2, 5, 16]) {
    rule(`with a qlimit of ${qlimit} that many messages are queued, and no more`, async ({ a }) => {
      const port = await a.sender(qlimit);
      await a.postMany(port, qlimit);
      expect((await a.send(port)).code).toBe(FULL);
      await a.take(port);
      await a.drain(port);
    });
  }

  rule('a new port takes five', async ({ a }) => {
    const port = await a.sender();
    await a.postMany(port, 5);
    expect((await a.send(port)).code).toBe(FULL);
  });

  rule('qlimit 0 stops every send right, even if a receiver waits', async ({ a, b }) => {
    const port = await a.sender(0);
    const waiting = await a.beginReceive(port);
    expect((await a.send(port)).code).toBe(FULL);
    const to = await b.sendRightTo(port, a);
    const blocked = await b.beginSend(to, { id: 1 });
    expect((await b.send(to)).code).toBe(FULL);
    await a.setQlimit(port, 1);
    expect(await blocked.result).toEqual({ code: 0 });
    expect((await waiting.result).message?.id).toBe(1);
  });

  rule('what goes to send-once rights passes a full queue, but counts', async ({ a }) => {
    const port = await a.sender(2);
    await a.postMany(port, 2);
    await a.post({ disp: MAKE_SEND_ONCE, name: port }, { id: 8 });
    await a.post({ disp: MAKE_SEND_ONCE, name: port }, { id: 9 });
    expect((await a.status(port)).msgcount).toBe(4);
    await a.take(port);
    await a.take(port);
    expect((await a.send(port)).code).toBe(FULL);
    await a.take(port);
    await a.post(port, { id: 10 });
    expect(await a.drain(port)).toEqual([9, 10]);
  });

  rule('notifications pass a full queue, but count', async ({ a }) => {
    const port = await a.sender(1);
    await a.post(port, { id: 1 });
    await a.deallocate(await a.once(port));
    await a.watch(await a.port(), NOTIFY.NO_SENDERS, port);
    expect((await a.status(port)).msgcount).toBe(3);
    expect(await a.notices(port)).toEqual(['message 1', 'send-once', 'no-senders 0']);
    await a.deallocate(await a.once(port));
    expect((await a.send(port)).code).toBe(FULL);
    await a.drain(port);
  });

  rule('replies keep an ordinary sender waiting', async ({ a }) => {
    const port = await a.sender(1);
    await a.post({ disp: MAKE_SEND_ONCE, name: port }, { id: 1 });
    await a.post({ disp: MAKE_SEND_ONCE, name: port }, { id: 2 });
    const blocked = await a.beginSend(port, { id: 3 });
    expect((await a.take(port)).id).toBe(1);
    expect((await a.status(port)).msgcount).toBe(1);
    expect((await a.take(port)).id).toBe(2);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.drain(port)).toEqual([3]);
  });

  rule('each message received lets one sender in', async ({ a }) => {
    const port = await a.sender(2);
    await a.postMany(port, 2);
    const blocked: Begun[] = [];
    for (const id of [2, 3, 4]) blocked.push(await a.beginSend(port, { id }));
    await a.take(port);
    expect(await blocked[0]?.result).toEqual({ code: 0 });
    expect((await a.status(port)).msgcount).toBe(2);
    await a.take(port);
    expect(await blocked[1]?.result).toEqual({ code: 0 });
    expect(await a.drain(port)).toEqual([2, 3, 4]);
    expect(await blocked[2]?.result).toEqual({ code: 0 });
  });

  rule('a message received lets nobody in while the queue is still full', async ({ a }) => {
    const port = await a.sender(3);
    await a.postMany(port, 3);
    await a.setQlimit(port, 1);
    const blocked = await a.beginSend(port, { id: 3 });
    await a.take(port);
    await a.take(port);
    expect((await a.status(port)).msgcount).toBe(1);
    await a.take(port);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.drain(port)).toEqual([3]);
  });

  rule('those who wait come in one after the other, in order, and none starves', async ({ a, b, c }) => {
    const port = await a.port(1);
    const senders = [b, c, b, c, b, c] as const;
    const rights = new Map([
      [b, await b.sendRightTo(port, a)],
      [c, await c.sendRightTo(port, a)],
    ]);
    const all: Begun[] = [];
    for (const [id, one] of senders.entries()) all.push(await one.beginSend(rights.get(one) ?? 0, { id }));
    expect(await a.drain(port)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const one of all) expect(await one.result).toEqual({ code: 0 });
  });

  rule('a sender that gives up makes room for nobody', async ({ a }) => {
    const port = await a.sender(1);
    await a.post(port, { id: 0 });
    const [first, second] = [await a.beginSend(port, { id: 1 }), await a.beginSend(port, { id: 2 })];
    await first.interrupt();
    expect((await first.result).code).toBe('MACH_SEND_INTERRUPTED');
    expect((await a.status(port)).msgcount).toBe(1);
    expect(await a.drain(port)).toEqual([0, 2]);
    expect(await second.result).toEqual({ code: 0 });
  });

  rule('raising the limit lets in as many as there are new places', async ({ a }) => {
    const port = await a.sender(1);
    await a.post(port, { id: 0 });
    const blocked: Begun[] = [];
    for (const id of [1, 2, 3]) blocked.push(await a.beginSend(port, { id }));
    await a.setQlimit(port, 3);
    expect([await blocked[0]?.result, await blocked[1]?.result]).toEqual([{ code: 0 }, { code: 0 }]);
    expect((await a.status(port)).msgcount).toBe(3);
    await blocked[2]?.interrupt();
    expect((await blocked[2]?.result)?.code).toBe('MACH_SEND_INTERRUPTED');
  });

  rule('the limit applies in a set', async ({ a }) => {
    const port = await a.sender(2);
    const set = await a.set(port);
    await a.postMany(port, 2);
    expect((await a.send(port)).code).toBe(FULL);
    const blocked = await a.beginSend(port, { id: 2 });
    await a.take(set);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.drain(set)).toEqual([1, 2]);
  });

  rule('the limit applies while the receive right is under way, and goes along', async ({ a, b }) => {
    const [port, queue] = [await a.sender(2), await a.sender()];
    const to = await b.sendRightTo(port, a);
    await a.post(queue, { body: [named(MOVE_RECEIVE, port)] });
    await b.postMany(to, 2);
    expect((await b.send(to)).code).toBe(FULL);
    const blocked = await b.beginSend(to, { id: 2 });
    expect(rightsOf(await a.take(queue))).toEqual([{ disp: MOVE_RECEIVE, name: port }]);
    expect(await a.drain(port)).toEqual([0, 1, 2]);
    expect(await blocked.result).toEqual({ code: 0 });
  });

  rule('who waits goes on waiting when the receive right moves, and is let in by its new holder', async ({ a, b }) => {
    const port = await a.sender(0);
    const blocked = await a.beginSend(port, { id: 7 });
    const there = await a.give(MOVE_RECEIVE, port, b);
    await b.setQlimit(there, 1);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await b.drain(there)).toEqual([7]);
  });
});
