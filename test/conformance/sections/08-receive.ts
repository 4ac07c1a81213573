import { DEAD_NAME, DISP, type Name, named, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MAKE_SEND, MAKE_SEND_ONCE, COPY_SEND, MOVE_SEND } = DISP;
const TIMED_OUT = { code: 'MACH_RCV_TIMED_OUT' };
const NOBODY = { disp: 0, name: NULL_NAME };
const NONE = 0x2fff_ffff;
const BIG = 'x'.repeat(1000);
const SMALL = 500;

export const receive = section('§8 receive', (rule) => {
  rule('INVALID_NAME: no entry, or neither a receive right nor a set', async ({ a, b }) => {
    const port = await a.port();
    const names = [
      NONE,
      NULL_NAME,
      DEAD_NAME,
      await a.deadName(),
      await a.once(port),
      await a.sendRightTo(await b.port(), b),
    ];
    for (const name of names) {
      expect(await a.receive(name)).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
      expect(await (await a.beginReceive(name)).result).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
    }
  });

  rule('a message is taken by a receive, or handed to one that waits', async ({ a, b }) => {
    const port = await a.port();
    const to = await b.sendRightTo(port, a);
    await b.post(to, { id: 1 });
    expect((await a.take(port)).id).toBe(1);
    const waiting = await a.beginReceive(port);
    await b.post(to, { id: 2 });
    expect(await waiting.result).toMatchObject({ code: 0, message: { id: 2, seqno: 1 } });
    expect((await a.status(port)).msgcount).toBe(0);
  });

  rule('those who wait are served in the order they came', async ({ a }) => {
    const port = await a.sender();
    const waiting = [await a.beginReceive(port), await a.beginReceive(port), await a.beginReceive(port)];
    await a.postMany(port, 3, 10);
    const ids = [];
    for (const one of waiting) ids.push((await one.result).message?.id);
    expect(ids).toEqual([10, 11, 12]);
  });

  rule('IN_SET: a member of a set is not received from directly, and nothing is dequeued', async ({ a }) => {
    const port = await a.sender();
    await a.post(port, { id: 1 });
    const set = await a.set(port);
    expect(await a.receive(port)).toEqual({ code: 'MACH_RCV_IN_SET' });
    expect((await a.status(port)).msgcount).toBe(1);
    expect(await a.drain(set)).toEqual([1]);
  });

  rule('TIMED_OUT: a poll of an empty queue; a queued message still wins', async ({ a }) => {
    const port = await a.sender();
    expect(await a.receive(port)).toEqual(TIMED_OUT);
    await a.post(port, { id: 4 });
    expect(await a.receive(port)).toMatchObject({ code: 0, message: { id: 4 } });
    expect(await a.receive(port)).toEqual(TIMED_OUT);
  });

  rule('TIMED_OUT: the time runs out; a message that comes later is the next receiver’s', async ({ a }) => {
    const port = await a.sender();
    expect(await a.task.msg({ receive: { name: port }, receiveTimeout: 5 })).toEqual(TIMED_OUT);
    await a.post(port, { id: 1 });
    expect(await a.drain(port)).toEqual([1]);
  });

  rule('INTERRUPTED: a receive that is aborted; a message that comes later is the next receiver’s', async ({ a }) => {
    const port = await a.sender();
    const waiting = await a.beginReceive(port);
    await waiting.interrupt();
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_INTERRUPTED' });
    await a.post(port, { id: 1 });
    expect(await a.drain(port)).toEqual([1]);
  });

  for (const [how, end] of [
    ['destroyed', 'destroy'],
    ['destroyed, with send rights left,', 'kill'],
    ['sent away', 'send'],
    ['inserted into another task', 'insert'],
  ] as const) {
    rule(`PORT_DIED: the receive right is ${how} while somebody waits`, async ({ a, b }) => {
      const port = await a.sender();
      const waiting = [await a.beginReceive(port), await a.beginReceive(port)];
      if (end === 'destroy') await a.destroy(port);
      if (end === 'kill') await a.killPort(port);
      if (end === 'send') await a.give(MOVE_RECEIVE, port, b);
      if (end === 'insert') await a.insert(b.mine(0x2200_0000), port, MOVE_RECEIVE, (await a.peer(b)).task);
      for (const one of waiting) expect(await one.result).toEqual({ code: 'MACH_RCV_PORT_DIED' });
    });
  }

  rule('PORT_DIED: a set is destroyed while somebody waits on it', async ({ a }) => {
    const port = await a.sender();
    const set = await a.set(port);
    const waiting = await a.beginReceive(set);
    await a.destroy(set);
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_PORT_DIED' });
    await a.post(port, { id: 3 });
    expect(await a.drain(port)).toEqual([3]);
  });

  rule('PORT_CHANGED: the port is put into a set while somebody waits on it', async ({ a }) => {
    const port = await a.port();
    const waiting = await a.beginReceive(port);
    await a.set(port);
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_PORT_CHANGED' });
  });

  rule('TOO_LARGE with RCV_LARGE: the message stays, its size is told, its seqno is not used', async ({ a }) => {
    const port = await a.sender();
    await a.post(port, { body: BIG, id: 1 });
    const { code, size = 0, message } = await a.receive(port, { size: SMALL, large: true });
    expect([code, message]).toEqual(['MACH_RCV_TOO_LARGE', undefined]);
    expect(size).toBeGreaterThan(1000);
    expect(await a.status(port)).toMatchObject({ msgcount: 1, seqno: 0 });
    expect((await a.receive(port, { size: size - 1, large: true })).code).toBe('MACH_RCV_TOO_LARGE');
    expect(await a.receive(port, { size, large: true })).toMatchObject({ code: 0, message: { size, seqno: 0, id: 1 } });
  });

  rule('TOO_LARGE with RCV_LARGE considers the message at the head, and no other', async ({ a }) => {
    const port = await a.sender();
    await a.post(port, { body: BIG, id: 1 });
    await a.post(port, { body: 'small', id: 2 });
    expect((await a.receive(port, { size: SMALL, large: true })).code).toBe('MACH_RCV_TOO_LARGE');
    expect((await a.receive(port, { size: SMALL, large: true })).code).toBe('MACH_RCV_TOO_LARGE');
    expect(await a.drain(port)).toEqual([1, 2]);
  });

  rule('TOO_LARGE with RCV_LARGE: one who waits gets the code, and the message goes to the next', async ({ a }) => {
    const port = await a.sender();
    const waiting = [await a.beginReceive(port, { size: SMALL, large: true }), await a.beginReceive(port)];
    await a.post(port, { body: BIG, id: 1 });
    expect((await waiting[0]?.result)?.code).toBe('MACH_RCV_TOO_LARGE');
    expect(await waiting[1]?.result).toMatchObject({ code: 0, message: { id: 1, seqno: 0 } });
    const last = await a.beginReceive(port, { size: SMALL, large: true });
    await a.post(port, { body: BIG, id: 2 });
    expect((await last.result).code).toBe('MACH_RCV_TOO_LARGE');
    expect(await a.drain(port)).toEqual([2]);
  });

  rule(
    'TOO_LARGE: dequeued and destroyed; the header arrives without reply right, the seqno is used',
    async ({ a, b }) => {
      const [port, answers, carried] = [await a.port(), await b.port(), await b.port()];
      const to = await b.sendRightTo(port, a);
      const watched = await a.sendRightTo(carried, b);
      await b.post(to, {
        local: { disp: MAKE_SEND_ONCE, name: answers },
        body: [named(MOVE_RECEIVE, carried), BIG],
        id: 17,
      });
      const { code, message, size } = await a.receive(port, { size: SMALL });
      expect(code).toBe('MACH_RCV_TOO_LARGE');
      expect(message).toMatchObject({
        remote: { name: NULL_NAME },
        local: { disp: MOVE_SEND, name: port },
        id: 17,
        seqno: 0,
      });
      expect([message?.size, message?.body]).toEqual([size, undefined]);
      expect(await a.status(port)).toMatchObject({ msgcount: 0, seqno: 1 });
      // The client wakes instead of hanging; a receive right in it dies.
      expect(await b.notices(answers)).toEqual(['send-once']);
      expect(await a.type(watched)).toBe(TYPE.DEAD_NAME);
    },
  );

  rule('TOO_LARGE: one who waits too, and the next message goes to the next', async ({ a }) => {
    const port = await a.sender();
    const waiting = [await a.beginReceive(port, { size: SMALL }), await a.beginReceive(port, { size: SMALL })];
    await a.post(port, { body: BIG, id: 1 });
    await a.post(port, { body: 'small', id: 2 });
    expect((await waiting[0]?.result)?.code).toBe('MACH_RCV_TOO_LARGE');
    expect(await waiting[1]?.result).toMatchObject({ code: 0, message: { id: 2, seqno: 1 } });
  });

  rule('TOO_LARGE: the place in the queue is free for a sender that waits', async ({ a }) => {
    const port = await a.sender(1);
    await a.post(port, { body: BIG });
    const blocked = await a.beginSend(port, { id: 2 });
    expect((await a.receive(port, { size: SMALL })).code).toBe('MACH_RCV_TOO_LARGE');
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.drain(port)).toEqual([2]);
  });

  rule('TOO_LARGE from a set is as from the port', async ({ a }) => {
    const port = await a.sender();
    const set = await a.set(port);
    await a.post(port, { body: BIG, id: 1 });
    expect((await a.receive(set, { size: SMALL, large: true })).code).toBe('MACH_RCV_TOO_LARGE');
    expect((await a.receive(set, { size: SMALL })).code).toBe('MACH_RCV_TOO_LARGE');
    expect(await a.receive(set)).toEqual(TIMED_OUT);
  });

  rule('RCV_NOTIFY: a reply right that makes a new entry has a dead-name request from the start', async ({ a, b }) => {
    const [port, told, answers] = [await a.port(), await a.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    for (const [disp, type] of [
      [MAKE_SEND, TYPE.SEND],
      [MAKE_SEND_ONCE, TYPE.SEND_ONCE],
    ] as const) {
      await b.post(to, { local: { disp, name: answers } });
      const { message } = await a.receive(port, { notify: told });
      expect(await a.type(a.mine(message?.remote.name ?? 0))).toBe((type | TYPE.DNREQUEST) >>> 0);
    }
    expect((await a.status(told)).sorights).toBe(2);
    await b.destroy(answers);
    expect(await a.notices(told)).toHaveLength(2);
  });

  rule(
    'RCV_NOTIFY: one who waits too; the notification carries the name, with a reference of its own',
    async ({ a, b }) => {
      const [port, told, answers] = [await a.port(), await a.port(), await b.port()];
      const to = await b.sendRightTo(port, a);
      const waiting = await a.beginReceive(port, { notify: told });
      await b.post(to, { local: { disp: MAKE_SEND_ONCE, name: answers } });
      const name = a.mine((await waiting.result).message?.remote.name ?? 0);
      await b.destroy(answers);
      expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
      expect(await a.deads(name)).toBe(2);
    },
  );

  rule('RCV_NOTIFY: no request if the reply right joins an entry, was dead, or is not there', async ({ a, b }) => {
    const [port, told, answers] = [await a.port(), await a.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    const known = await a.sendRightTo(answers, b);
    await b.post(to, { local: { disp: MAKE_SEND, name: answers } });
    expect((await a.receive(port, { notify: told })).message?.remote.name).toBe(known);
    expect(await a.type(known)).toBe(TYPE.SEND);
    await b.post(to, { local: { disp: COPY_SEND, name: DEAD_NAME } });
    expect((await a.receive(port, { notify: told })).message?.remote.name).toBe(DEAD_NAME);
    await b.post(to);
    expect((await a.receive(port, { notify: told })).code).toBe(0);
    const local = await b.sender();
    await b.post(to, { local: { disp: MOVE_SEND, name: local } });
    await b.destroy(local);
    expect((await a.receive(port, { notify: told })).message?.remote.name).toBe(DEAD_NAME);
    expect((await a.status(told)).sorights).toBe(0);
  });

  rule('RCV_NOTIFY: rights of the body have no request', async ({ a, b }) => {
    const [port, told, given] = [await a.port(), await a.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    await b.post(to, { body: [named(MAKE_SEND, given)] });
    const { message } = await a.receive(port, { notify: told });
    const name: Name = message === undefined ? 0 : (rightsOf(message)[0]?.name ?? 0);
    expect(await a.type(a.mine(name))).toBe(TYPE.SEND);
  });

  rule('RCV_NOTIFY: using the reply right up is a port-deleted', async ({ a, b }) => {
    const [port, told, answers] = [await a.port(), await a.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    await b.post(to, { local: { disp: MAKE_SEND_ONCE, name: answers } });
    const { message } = await a.receive(port, { notify: told });
    const remote = message?.remote ?? NOBODY;
    await a.post(remote, { id: 1 });
    expect(await a.notices(told)).toEqual([`port-deleted ${remote.name}`]);
    await b.post(to, { local: { disp: MAKE_SEND_ONCE, name: answers } });
    const second = (await a.receive(port, { notify: told })).message?.remote ?? NOBODY;
    await a.post(second, { id: 2, cancel: told });
    expect(await a.notices(told)).toEqual([]);
    expect(await b.drain(answers)).toEqual([1, 2]);
  });

  rule('RCV_NOTIFY: what is no receive right is INVALID_NOTIFY: dequeued, destroyed, header only', async ({ a, b }) => {
    const [port, answers] = [await a.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    const bad = [NONE, DEAD_NAME, await a.deadName(), await a.set(), await a.sendRightTo(await b.port(), b)];
    for (const [i, notify] of bad.entries()) {
      await b.post(to, { local: { disp: MAKE_SEND_ONCE, name: answers }, body: 'lost', id: 5 });
      const { code, message } = await a.receive(port, { notify });
      expect(code).toBe('MACH_RCV_INVALID_NOTIFY');
      expect(message).toMatchObject({
        remote: { name: NULL_NAME },
        local: { disp: MOVE_SEND, name: port },
        id: 5,
        seqno: i,
      });
      expect(message?.body).toBeUndefined();
      expect(await b.notices(answers)).toEqual(['send-once']);
    }
    expect(await a.receive(port, { notify: NONE })).toEqual(TIMED_OUT);
  });

  rule('a receive right that comes back can be received from again', async ({ a, b }) => {
    const port = await a.sender();
    const there = await a.give(MOVE_RECEIVE, port, b);
    expect(await a.receive(port)).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
    expect(await b.give(MOVE_RECEIVE, there, a)).toBe(port);
    await a.post(port, { id: 1 });
    expect(await a.drain(port)).toEqual([1]);
  });

  rule('a dead name takes the place of the receive right: INVALID_NAME', async ({ a }) => {
    const port = await a.sender();
    await a.killPort(port);
    expect(await a.receive(port)).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
    expect(await a.deads(port)).toBe(1);
    expect(await a.refs(port, RIGHT.RECEIVE)).toBe(0);
  });

  rule('a notification is received like any other message', async ({ a }) => {
    const [port, told] = [await a.port(), await a.port()];
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    const message = await a.take(told);
    expect(message).toMatchObject({
      id: 70,
      seqno: 0,
      remote: NOBODY,
      local: { disp: 18, name: told },
      complex: false,
    });
    expect(message.notification).toEqual({ id: 70, mscount: 0 });
  });
});
