import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE } = DISP;

/** `b` has two ports in a set, `a` a send right for each. */
function group() {
  const m = new Machine();
  const [a, b] = [m.task(), m.task()];
  const [p, q] = [b.port(), b.port()];
  const [toP, toQ] = [p, q].map((port) => ({ disp: COPY_SEND, name: b.give(a, MAKE_SEND, port) }));
  const send = (to: 'p' | 'q', payload: unknown) => a.send(need(to === 'p' ? toP : toQ), { payload });
  return { m, a, b, p, q, toP: need(toP), toQ: need(toQ), set: b.set(p, q), send };
}

describe('mach.md §3: port sets as names', () => {
  test('allocate, type, get_refs, mod_refs, deallocate, destroy', () => {
    const b = new Machine().task();
    const set = b.set();
    expect(b.type(set)).toBe(TYPE.PORT_SET);
    expect([0, 1, 2, 3, 4].map((right) => b.refs(set, right))).toEqual([0, 0, 0, 1, 0]);
    const mod = (right: number, delta: number) => b.code({ op: 'port_mod_refs', name: set, right, delta });
    expect([1, -2].map((delta) => mod(RIGHT.PORT_SET, delta))).toEqual(['KERN_INVALID_VALUE', 'KERN_INVALID_VALUE']);
    expect(mod(RIGHT.RECEIVE, -1)).toBe('KERN_INVALID_RIGHT');
    expect(b.code({ op: 'port_deallocate', name: set })).toBe('KERN_INVALID_RIGHT');
    expect(mod(RIGHT.PORT_SET, 0)).toBe(0);
    expect(mod(RIGHT.PORT_SET, -1)).toBe(0);
    expect(b.type(set)).toBeUndefined();
    expect(b.code({ op: 'port_allocate_name', right: RIGHT.PORT_SET, name: 0x4000_0000 })).toBe(0);
    b.destroy(0x4000_0000);
    expect(b.do({ op: 'port_names' }).names).toEqual([b.self]);
  });

  test('renamed it keeps its members, and a member its set', () => {
    const { b, p, q, set } = group();
    b.do({ op: 'port_rename', old: set, name: 0x4000_0000 });
    b.do({ op: 'port_rename', old: p, name: 0x4000_0001 });
    expect(b.members(0x4000_0000)).toEqual([0x4000_0001, q]);
    expect(b.status(0x4000_0001).pset).toBe(0x4000_0000);
  });

  test('it is no port: no status, limit, notification or right of one', () => {
    const { b, set, p } = group();
    expect(b.code({ op: 'port_get_receive_status', name: set })).toBe('KERN_INVALID_RIGHT');
    expect(b.code({ op: 'port_set_qlimit', name: set, qlimit: 1 })).toBe('KERN_INVALID_RIGHT');
    const notify = b.port();
    for (const variant of [NOTIFY.DEAD_NAME, NOTIFY.SEND_POSSIBLE, NOTIFY.NO_SENDERS, NOTIFY.PORT_DESTROYED]) {
      expect(b.watch(variant, set, notify).code).toBe('KERN_INVALID_RIGHT');
    }
    expect(b.code({ op: 'port_extract_right', name: set, disp: COPY_SEND })).toBe('KERN_INVALID_RIGHT');
    const right = { disp: MAKE_SEND_ONCE, name: p };
    expect(b.code({ op: 'port_insert_right', name: set, right })).toBe('KERN_NAME_EXISTS');
  });

  test('move_member: checks in order, a second time is no change', () => {
    const { b, p, q, set } = group();
    expect(b.move(999, 999)).toBe('KERN_INVALID_NAME');
    expect(b.move(set, 999)).toBe('KERN_INVALID_RIGHT');
    expect(b.move(b.self, set)).toBe('KERN_INVALID_RIGHT');
    expect(b.move(p, 999)).toBe('KERN_INVALID_NAME');
    expect(b.move(p, q)).toBe('KERN_INVALID_RIGHT');
    expect(b.move(p, set)).toBe(0);
    expect(b.members(set)).toEqual([p, q]);
    expect(b.move(p, 0)).toBe(0);
    expect(b.move(p, 0)).toBe('KERN_NOT_IN_SET');
    expect(b.members(set)).toEqual([q]);
  });

  test('get_set_status: names of the members, maybe none', () => {
    const { b, p, set } = group();
    expect(b.code({ op: 'port_get_set_status', name: 999 })).toBe('KERN_INVALID_NAME');
    expect(b.code({ op: 'port_get_set_status', name: p })).toBe('KERN_INVALID_RIGHT');
    expect(b.members(b.set())).toEqual([]);
    expect(b.members(set)).toHaveLength(2);
  });

  test('a port is in one set at most: it moves at once from one into the other', () => {
    const { b, p, q, set } = group();
    const other = b.set();
    expect(b.move(p, other)).toBe(0);
    expect([b.members(set), b.members(other)]).toEqual([[q], [p]]);
    expect(b.status(p).pset).toBe(other);
  });
});

describe('mach.md §13, §8: receive from a set', () => {
  test('in the order of arrival; local names the member, seqno is the member’s', () => {
    const { b, p, q, set, send } = group();
    send('p', 1);
    send('q', 2);
    send('q', 3);
    send('p', 4);
    const got = Array.from({ length: 4 }, () => b.receive(set));
    expect(got.map((message) => [message?.local.name, message?.payload, message?.seqno])).toEqual([
      [p, 1, 0],
      [q, 2, 0],
      [q, 3, 1],
      [p, 4, 1],
    ]);
    expect(b.poll(set).code).toBe('MACH_RCV_TIMED_OUT');
  });

  test('a member that is always full starves no other', () => {
    const { b, set, send } = group();
    for (let i = 0; i < 5; i += 1) send('p', 'p');
    send('q', 'q');
    const got = [];
    for (let i = 0; i < 6; i += 1) {
      got.push(b.receive(set)?.payload);
      send('p', 'more');
    }
    expect(got[5]).toBe('q');
  });

  test('an empty set blocks; waiters are served in order', () => {
    const { m, b, set, send } = group();
    const none = b.set();
    expect(b.wait(none, 9).code).toBe('waiting');
    for (const id of [1, 2]) expect(b.wait(set, id).code).toBe('waiting');
    send('q', 'x');
    send('p', 'y');
    expect(m.effects()).toMatchObject([
      { receiveId: 1, code: 0, message: { payload: 'x' } },
      { receiveId: 2, code: 0, message: { payload: 'y' } },
    ]);
    expect(b.code({ op: 'receive_cancel', receiveId: 9, code: 'MACH_RCV_TIMED_OUT' })).toBe('MACH_RCV_TIMED_OUT');
  });

  test('from a member itself: IN_SET', () => {
    const { b, p } = group();
    expect(b.poll(p).code).toBe('MACH_RCV_IN_SET');
    b.move(p, 0);
    expect(b.poll(p).code).toBe('MACH_RCV_TIMED_OUT');
  });

  test('those that wait on a port when it joins get PORT_CHANGED', () => {
    const { m, b, set } = group();
    const port = b.port();
    b.wait(port, 3);
    b.move(port, set);
    expect(m.effects()).toEqual([{ type: 'received', task: b.id, receiveId: 3, code: 'MACH_RCV_PORT_CHANGED' }]);
  });

  test('a port with messages that joins: waiters on the set get them at once, the rest comes after what is there', () => {
    const { m, b, p, q, send } = group();
    b.move(p, 0);
    b.move(q, 0);
    for (const payload of [1, 2]) send('p', payload);
    send('q', 3);
    const set = b.set();
    b.wait(set, 1);
    b.move(q, set);
    b.move(p, set);
    send('q', 4);
    expect(m.effects()).toMatchObject([{ receiveId: 1, message: { payload: 3, local: { name: q } } }]);
    expect([1, 2, 3].map(() => b.receive(set)?.payload)).toEqual([1, 2, 4]);
  });

  test('TOO_LARGE looks at the head only, and keeps it with large', () => {
    const { a, b, set, toP, toQ } = group();
    a.send(toP, { bytes: 50, payload: 'big' });
    a.send(toQ, { bytes: 1, payload: 'small' });
    expect(b.poll(set, { maxBytes: 10, large: true })).toEqual({ code: 'MACH_RCV_TOO_LARGE', value: 50 });
    expect(b.receive(set)?.payload).toBe('big');
    expect(b.receive(set)?.payload).toBe('small');
  });

  test('the limit is the port’s: a full member blocks its own senders, each dequeue lets one in', () => {
    const { m, b, p, set, send } = group();
    b.do({ op: 'port_set_qlimit', name: p, qlimit: 1 });
    send('p', 1);
    expect(send('p', 2).code).toBe('blocked');
    expect(send('q', 3).code).toBe(0);
    expect([1, 2, 3].map(() => b.receive(set)?.payload)).toEqual([1, 3, 2]);
    expect(m.effects()).toMatchObject([{ type: 'sent', code: 0 }]);
  });
});

describe('mach.md §13: members and sets end', () => {
  test('out of the set, a port has its messages back, in order', () => {
    const { b, p, q, set, send } = group();
    for (const payload of [1, 2]) send('p', payload);
    send('q', 3);
    b.move(p, 0);
    expect(b.receive(set)?.payload).toBe(3);
    expect([b.receive(p)?.payload, b.receive(p)?.payload, b.poll(p).code]).toEqual([1, 2, 'MACH_RCV_TIMED_OUT']);
    expect(b.members(set)).toEqual([q]);
  });

  test('destroyed, it gives each member its messages back; waiters get PORT_DIED', () => {
    const { m, b, p, q, set, send } = group();
    const empty = b.set();
    b.wait(empty, 1);
    b.destroy(empty);
    expect(m.effects()).toEqual([{ type: 'received', task: b.id, receiveId: 1, code: 'MACH_RCV_PORT_DIED' }]);
    for (const payload of [1, 2]) send('p', payload);
    send('q', 3);
    b.destroy(set);
    expect([b.receive(p), b.receive(p), b.receive(q)].map((message) => message?.payload)).toEqual([1, 2, 3]);
    expect(b.status(p).pset).toBe(0);
  });

  test('a member that dies or moves leaves; waiters on the set are not disturbed', () => {
    const { m, a, b, p, q, set, send } = group();
    b.wait(set, 1);
    b.kill(p);
    const notes = a.port();
    const toA = a.give(b, MAKE_SEND, notes);
    b.send({ disp: COPY_SEND, name: toA }, { rights: [{ disp: MOVE_RECEIVE, name: q }] });
    expect(m.effects()).toEqual([]);
    expect(b.members(set)).toEqual([]);
    const port = b.port();
    const to = b.give(a, MAKE_SEND, port);
    b.move(port, set);
    a.send({ disp: COPY_SEND, name: to }, { payload: 'late' });
    expect(m.effects()).toMatchObject([{ receiveId: 1, message: { payload: 'late' } }]);
    expect(send('p', 0).code).toBe('MACH_SEND_INVALID_DEST');
  });

  test('a member’s queued messages die with it and leave the set', () => {
    const { b, p, set, send } = group();
    send('p', 1);
    send('q', 2);
    b.kill(p);
    expect(b.receive(set)?.payload).toBe(2);
    expect(b.receive(set)).toBeUndefined();
  });

  test('with its task it is gone, and nothing is told', () => {
    const { m, b, set } = group();
    b.wait(set, 1);
    b.end();
    expect(m.effects()).toEqual([]);
  });
});

describe('serving a set', () => {
  test('codes', () => {
    const { b, p, set } = group();
    expect(b.code({ op: 'serve', name: p })).toBe('MACH_RCV_IN_SET');
    b.do({ op: 'serve', name: set });
    expect(b.poll(set).code).toBe('MACH_RCV_IN_SET');
    expect(b.code({ op: 'serve', name: set })).toBe(0);
  });

  test('what is queued is pushed by arrival, what comes as it comes; taken names the member', () => {
    const { m, b, p, q, set, send } = group();
    send('q', 1);
    send('p', 2);
    send('q', 3);
    b.do({ op: 'serve', name: set });
    send('p', 4);
    const got = m.delivered().map(({ payload, local }) => [payload, local.name]);
    expect(got).toEqual([
      [1, q],
      [2, p],
      [3, q],
      [4, p],
    ]);
    expect(b.status(q)).toMatchObject({ msgcount: 2, seqno: 0 });
    b.do({ op: 'taken', name: q, count: 1 });
    expect(b.status(q)).toMatchObject({ msgcount: 1, seqno: 1 });
    expect(b.code({ op: 'taken', name: set, count: 1 })).toBe('KERN_INVALID_RIGHT');
  });

  test('each member has a window of its own', () => {
    const m = new Machine({ deliveryWindow: 1 });
    const [a, b] = [m.task(), m.task()];
    const ports = [b.port(), b.port()];
    const [toP, toQ] = ports.map((port) => ({ disp: COPY_SEND, name: b.give(a, MAKE_SEND, port) }));
    b.do({ op: 'serve', name: b.set(...ports) });
    for (const payload of [1, 2]) a.send(need(toP), { payload });
    a.send(need(toQ), { payload: 3 });
    expect(m.delivered().map(({ payload }) => payload)).toEqual([1, 3]);
    b.do({ op: 'taken', name: need(ports[0]), count: 1 });
    expect(m.delivered().map(({ payload }) => payload)).toEqual([2]);
  });

  test('a port that joins is pushed; receives that wait on the set or the port end', () => {
    const { m, b, p, q, set, send } = group();
    b.move(p, 0);
    send('p', 1);
    b.wait(set, 1);
    b.do({ op: 'serve', name: set });
    b.move(p, set);
    expect(m.effects()).toMatchObject([
      { receiveId: 1, code: 'MACH_RCV_PORT_CHANGED' },
      { type: 'deliver', message: { payload: 1, local: { name: p } } },
    ]);
    expect(b.members(set)).toEqual([q, p]);
  });

  test('a member that leaves takes back what was not taken, with its rights', () => {
    const { m, a, b, p, set, toP } = group();
    b.do({ op: 'serve', name: set });
    const reply = a.port();
    for (const payload of [1, 2]) a.send(toP, { payload, reply: { disp: MAKE_SEND_ONCE, name: reply } });
    const [, second] = m.delivered();
    b.do({ op: 'taken', name: p, count: 1 });
    b.move(p, 0);
    expect(b.type(need(second).remote.name)).toBeUndefined();
    expect(b.receive(p)).toMatchObject({ payload: 2, seqno: 1 });
  });

  test('a served port that joins a set stops being served by itself', () => {
    const { m, b, p, set, send } = group();
    b.move(p, 0);
    b.do({ op: 'serve', name: p });
    send('p', 1);
    expect(m.delivered()).toHaveLength(1);
    b.move(p, set);
    send('p', 2);
    expect(m.delivered()).toEqual([]);
    expect([b.receive(set)?.payload, b.receive(set)?.payload]).toEqual([1, 2]);
  });

  test('destroyed, it hands back; drained, a member leaves', () => {
    const { m, b, p, q, set, send } = group();
    b.do({ op: 'serve', name: set });
    send('p', 1);
    send('q', 2);
    expect(m.kernel.drain(b.id, p)).toBe(0);
    expect(b.do({ op: 'drained', name: p, taken: 0 }).value).toBe(0);
    expect(b.members(set)).toEqual([q]);
    expect(b.receive(p)?.payload).toBe(1);
    b.destroy(set);
    expect(b.receive(q)?.payload).toBe(2);
  });
});
