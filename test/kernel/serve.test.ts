import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

/** A server `b` that serves `inbox` with a window of 2, and a client `a`. */
function server() {
  const m = new Machine({ deliveryWindow: 2 });
  const [a, b] = [m.task(), m.task()];
  const inbox = b.port();
  const to = b.give(a, MAKE_SEND, inbox);
  const dest = { disp: COPY_SEND, name: to };
  const payloads = () => m.delivered().map((message) => message.payload);
  const taken = (count: number) => b.code({ op: 'taken', name: inbox, count });
  const drained = (count: number) => b.call({ op: 'drained', name: inbox, taken: count });
  b.do({ op: 'serve', name: inbox });
  return { m, a, b, inbox, to, dest, payloads, taken, drained, reply: a.port() };
}

describe('push delivery: serve, taken', () => {
  test('codes', () => {
    const { a, b, inbox, to, taken, drained } = server();
    for (const op of ['serve', 'taken', 'drained'] as const) {
      expect(a.code({ op, name: 999, count: 0, taken: 0 })).toBe('KERN_INVALID_NAME');
      expect(a.code({ op, name: to, count: 0, taken: 0 })).toBe('KERN_INVALID_RIGHT');
    }
    for (const count of [1, -1, 0.5, Number.NaN]) {
      expect(taken(count)).toBe('KERN_INVALID_VALUE');
      expect(drained(count).code).toBe('KERN_INVALID_VALUE');
    }
    expect(b.code({ op: 'drained', name: b.port(), taken: 0 })).toBe('KERN_INVALID_ARGUMENT');
    expect(b.code({ op: 'serve', name: inbox })).toBe(0);
  });

  test('what is already queued is pushed, up to the window; taken opens it again', () => {
    const { a, b, m, payloads } = server();
    const port = b.port();
    const to = b.give(a, MAKE_SEND, port);
    for (const payload of [1, 2, 3, 4]) a.send({ disp: COPY_SEND, name: to }, { payload });
    b.do({ op: 'serve', name: port });
    expect(m.delivered().map(({ payload, seqno }) => [payload, seqno])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    b.do({ op: 'taken', name: port, count: 1 });
    expect(payloads()).toEqual([3]);
    b.do({ op: 'taken', name: port, count: 2 });
    expect(m.delivered().map(({ payload, seqno }) => [payload, seqno])).toEqual([[4, 3]]);
  });

  test('a delivered message counts as queued, and its seqno as unused, until it is taken', () => {
    const { a, b, inbox, dest, taken } = server();
    a.send(dest);
    expect(b.status(inbox)).toMatchObject({ msgcount: 1, seqno: 0 });
    taken(1);
    expect(b.status(inbox)).toMatchObject({ msgcount: 0, seqno: 1 });
  });

  test('a message that asks for it is told of once it is taken, and not when it is handed back', () => {
    const { m, a, b, inbox, dest, taken, drained } = server();
    for (const payload of ['first', 'second']) a.send(dest, { payload, tellTaken: true });
    m.effects();
    taken(1);
    expect(m.effects()).toEqual([{ type: 'taken', task: b.id, payload: 'first' }]);
    drained(0);
    expect(m.effects()).toEqual([]);
    b.do({ op: 'serve', name: inbox });
    m.effects();
    drained(1);
    expect(m.effects()).toEqual([{ type: 'taken', task: b.id, payload: 'second' }]);
  });

  test('the limit holds against deliveries; each one taken lets in one', () => {
    const { m, a, b, inbox, dest, payloads, taken } = server();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    expect(a.send(dest, { payload: 1 }).code).toBe(0);
    expect(a.send(dest, { payload: 2 }, { sendId: 20 }).code).toBe('blocked');
    expect(payloads()).toEqual([1]);
    taken(1);
    expect(m.effects()).toMatchObject([
      { type: 'sent', task: a.id, sendId: 20, code: 0 },
      { type: 'deliver', message: { payload: 2 } },
    ]);
  });

  test('its rights are the task’s at once, its destination right only goes when it is taken', () => {
    const { m, a, b, inbox, to, reply, taken } = server();
    const notify = b.port();
    b.watch(NOTIFY.NO_SENDERS, inbox, notify);
    a.send({ disp: MOVE_SEND, name: to }, { reply: { disp: MAKE_SEND_ONCE, name: reply } });
    const [got] = m.delivered();
    expect(b.type(need(got).remote.name)).toBe(TYPE.SEND_ONCE);
    expect(b.receive(notify)).toBeUndefined();
    taken(1);
    expect(b.receive(notify)?.notification?.id).toBe(NOTIFY.NO_SENDERS);
  });

  test('no room for the reply right: the message is destroyed, the client is told that nobody saw it', () => {
    const m = new Machine({ namesPerTask: 3 });
    const [a, b] = [m.task(), m.task()];
    const [inbox, reply] = [b.port(), a.port()];
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    b.do({ op: 'serve', name: inbox });
    b.dead();
    a.send(dest, { payload: 'no reply wanted' });
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply } });
    expect(m.delivered().map((message) => message.payload)).toEqual(['no reply wanted']);
    expect(a.notifications(reply)).toEqual([{ id: NOTIFY.SEND_ONCE, handled: 'no' }]);
  });
});

describe('a served port moves', () => {
  test('its server says what it took; the rest goes along, at the head of the queue, with its rights', () => {
    const { m, a, b, inbox, dest, reply, taken } = server();
    for (const payload of [1, 2, 3]) a.send(dest, { payload, reply: { disp: MAKE_SEND_ONCE, name: reply }, tag: 7 });
    expect(m.delivered()).toHaveLength(2);
    const c = m.task();
    const jobs = c.port();
    const toC = { disp: COPY_SEND, name: c.give(b, MAKE_SEND, jobs) };
    taken(1);
    m.effects();
    b.send(toC, { rights: [{ disp: MOVE_RECEIVE, name: inbox }] });
    expect(m.effects()).toEqual([]);
    expect(b.code({ op: 'taken', name: inbox, count: 1 })).toBe('KERN_INVALID_NAME');
    const name = need(need(c.receive(jobs)).rights[0]).name;
    const got = [c.receive(name), c.receive(name)];
    expect(got.map((message) => [message?.payload, message?.seqno])).toEqual([
      [2, 0],
      [3, 1],
    ]);
    expect(got.map((message) => c.type(need(message).remote.name))).toEqual([TYPE.SEND_ONCE, TYPE.SEND_ONCE]);
  });

  test('what goes along was never handled: if it dies on the way the client may repeat it', () => {
    const { m, a, b, inbox, dest, reply } = server();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply } });
    m.effects();
    b.send({ disp: MAKE_SEND, name: inbox }, { rights: [{ disp: MOVE_RECEIVE, name: inbox }] });
    expect(a.notifications(reply)).toEqual([{ id: NOTIFY.SEND_ONCE, handled: 'no' }]);
  });

  test('a delivered receive right is taken back with its message, and what its port has delivered with it', () => {
    const { m, a, b, inbox, dest, drained } = server();
    const inner = a.port();
    const toInner = { disp: COPY_SEND, name: a.give(a, MAKE_SEND, inner) };
    a.send(dest, { rights: [{ disp: MOVE_RECEIVE, name: inner }] });
    const name = need(need(m.delivered()[0]).rights[0]).name;
    b.do({ op: 'serve', name });
    a.send(toInner, { payload: 'inside' });
    expect(m.delivered()).toHaveLength(1);
    drained(0);
    expect(b.do({ op: 'port_names' }).names).toEqual([b.self, inbox]);
    const again = need(need(b.receive(inbox)).rights[0]);
    expect(b.receive(again.name)).toMatchObject({ payload: 'inside', seqno: 0 });
  });
});

describe('push delivery: drained', () => {
  test('the rest goes back to the head of the queue, in order, with its sequence numbers', () => {
    const { m, a, b, inbox, dest, drained } = server();
    for (const payload of [1, 2, 3]) a.send(dest, { payload });
    m.effects();
    expect(drained(1)).toEqual({ code: 0, value: 1 });
    expect(b.status(inbox)).toMatchObject({ msgcount: 2, seqno: 1 });
    const rest = [b.receive(inbox), b.receive(inbox)].map((message) => [message?.payload, message?.seqno]);
    expect(rest).toEqual([
      [2, 1],
      [3, 2],
    ]);
  });

  test('with its rights: names, references and send-once rights leave the space again', () => {
    const { m, a, b, inbox, dest, drained, reply } = server();
    const known = a.give(b, MAKE_SEND, reply);
    const rights = [MAKE_SEND, MAKE_SEND_ONCE].map((disp) => ({ disp, name: reply }));
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply }, rights });
    m.effects();
    expect(b.refs(known, RIGHT.SEND)).toBe(2);
    drained(0);
    expect(b.refs(known, RIGHT.SEND)).toBe(1);
    expect(b.do({ op: 'port_names' }).names).toEqual([b.self, inbox, known]);
    const again = need(b.receive(inbox));
    expect([again.remote, ...again.rights].map((right) => b.type(right.name))).toEqual([
      TYPE.SEND_ONCE,
      TYPE.SEND,
      TYPE.SEND_ONCE,
    ]);
  });

  test('what the task did to the names meanwhile: renamed is found, freed or used comes back as DEAD', () => {
    const { m, a, b, inbox, dest, drained, reply } = server();
    for (let i = 0; i < 2; i += 1) a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply } });
    const [first, second] = m.delivered().map((message) => message.remote);
    b.do({ op: 'port_rename', old: need(first).name, name: 0x4000_0001 });
    b.send(need(second), { payload: 'answered after all' });
    drained(0);
    expect(b.type(0x4000_0001)).toBeUndefined();
    expect(b.receive(inbox)?.remote.name).toBeLessThan(0xffff_ffff);
    expect(b.receive(inbox)?.remote).toEqual({ disp: MOVE_SEND_ONCE, name: 0xffff_ffff });
    expect(a.receive(reply)?.payload).toBe('answered after all');
    expect(a.receive(reply)).toBeUndefined();
  });

  test('a right whose port died meanwhile: its dead name goes too', () => {
    const { m, a, b, inbox, dest, drained, reply } = server();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply } });
    const name = need(m.delivered()[0]).remote.name;
    a.destroy(reply);
    expect(b.type(name)).toBe(TYPE.DEAD_NAME);
    drained(0);
    expect(b.type(name)).toBeUndefined();
    expect(b.receive(inbox)?.remote).toEqual({ disp: MOVE_SEND_ONCE, name: 0xffff_ffff });
  });

  test('what was handed back was never handled: if it is destroyed now, the client may repeat it', () => {
    const { a, b, inbox, dest, drained, reply } = server();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply } });
    drained(0);
    b.destroy(inbox);
    expect(a.notifications(reply)).toEqual([{ id: NOTIFY.SEND_ONCE, handled: 'no' }]);
  });

  test('asked by the broker: nothing more is pushed until the answer, and nothing after it', () => {
    const { m, a, b, inbox, dest, payloads, drained } = server();
    a.send(dest, { payload: 1 });
    expect(payloads()).toEqual([1]);
    expect(m.kernel.drain(b.id, inbox)).toBe(0);
    expect(m.effects()).toEqual([{ type: 'drain', task: b.id, name: inbox }]);
    expect(m.kernel.drain(b.id, inbox)).toBe('KERN_INVALID_ARGUMENT');
    a.send(dest, { payload: 2 });
    b.do({ op: 'taken', name: inbox, count: 1 });
    expect(m.effects()).toEqual([]);
    expect(drained(0)).toEqual({ code: 0, value: 1 });
    expect(m.kernel.drain(b.id, inbox)).toBe('KERN_INVALID_ARGUMENT');
    expect(b.receive(inbox)?.payload).toBe(2);
    b.do({ op: 'serve', name: inbox });
    a.send(dest, { payload: 3 });
    expect(payloads()).toEqual([3]);
  });

  test('the port stops serving', () => {
    const { m, a, b, inbox, dest, drained } = server();
    drained(0);
    a.send(dest, { payload: 'queued' });
    expect(m.effects()).toEqual([]);
    expect(b.receive(inbox)?.payload).toBe('queued');
  });
});
