import { describe, expect, test } from 'vitest';
import { DISP, TYPE } from '../../src/kernel/index.ts';
import { need, pair } from './support.ts';

const { MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

describe('mach.md §6: the header is swapped', () => {
  test('local is the port it arrived on, remote the reply right', () => {
    const { a, b, inbox, dest } = pair();
    const port = a.port();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port }, payload: 'p', bytes: 12 });
    const got = need(b.receive(inbox));
    expect(got).toMatchObject({ local: { disp: MOVE_SEND, name: inbox }, payload: 'p', bytes: 12, seqno: 0, tag: 0 });
    expect(got.remote.disp).toBe(MOVE_SEND_ONCE);
    expect(b.type(got.remote.name)).toBe(TYPE.SEND_ONCE);
    b.send(got.remote);
    expect(a.receive(port)?.local).toEqual({ disp: MOVE_SEND_ONCE, name: port });
  });

  test('no reply port reads as nothing at all', () => {
    const { a, b, inbox, dest } = pair();
    a.send(dest);
    expect(b.receive(inbox)?.remote).toEqual({ disp: 0, name: 0 });
  });

  test('the destination right is used up: with it the last sender may be gone', () => {
    const { a, b, inbox, to } = pair();
    a.send({ disp: MOVE_SEND, name: to });
    expect(b.status(inbox).srights).toBe(true);
    b.receive(inbox);
    expect(b.status(inbox).srights).toBe(false);
  });

  test('seqno counts what was received', () => {
    const { a, b, inbox, dest } = pair();
    for (let i = 0; i < 3; i += 1) a.send(dest);
    expect([0, 1, 2].map(() => b.receive(inbox)?.seqno)).toEqual([0, 1, 2]);
    expect(b.status(inbox).seqno).toBe(3);
  });
});

describe('mach.md §8: receive', () => {
  test('INVALID_NAME: no entry, or no receive right', () => {
    const { a, b, to, inbox } = pair();
    for (const name of [999, to, a.self, a.dead()]) expect(a.poll(name).code).toBe('MACH_RCV_INVALID_NAME');
    expect(b.poll(inbox).code).toBe('MACH_RCV_TIMED_OUT');
  });

  test('waiters are served in order; one can be cancelled from the middle', () => {
    const { m, a, b, inbox, dest } = pair();
    for (const id of [1, 2, 3]) expect(b.wait(inbox, id).code).toBe('waiting');
    expect(b.wait(inbox, 2).code).toBe('KERN_INVALID_ARGUMENT');
    const cancel = { op: 'receive_cancel', receiveId: 2, code: 'MACH_RCV_INTERRUPTED' } as const;
    expect(b.code(cancel)).toBe('MACH_RCV_INTERRUPTED');
    expect(b.code(cancel)).toBe('KERN_INVALID_ARGUMENT');
    for (const payload of ['x', 'y', 'z']) a.send(dest, { payload });
    expect(m.effects()).toMatchObject([
      { type: 'received', task: b.id, receiveId: 1, code: 0, message: { payload: 'x', seqno: 0 } },
      { type: 'received', task: b.id, receiveId: 3, code: 0, message: { payload: 'y', seqno: 1 } },
    ]);
    expect(b.receive(inbox)?.payload).toBe('z');
  });

  test('TOO_LARGE with large: the message stays, its size is told, no seqno is used', () => {
    const { a, b, inbox, dest } = pair();
    a.send(dest, { bytes: 50 });
    expect(b.poll(inbox, { maxBytes: 49, large: true })).toEqual({ code: 'MACH_RCV_TOO_LARGE', value: 50 });
    expect(b.poll(inbox, { maxBytes: 50 })).toMatchObject({ code: 0, message: { seqno: 0 } });
  });

  test('memory is no part of the size that a receiver limits', () => {
    const { a, b, inbox, dest } = pair();
    a.send(dest, { bytes: 5_000, size: 50 });
    expect(b.poll(inbox, { maxBytes: 49, large: true })).toEqual({ code: 'MACH_RCV_TOO_LARGE', value: 50 });
    expect(b.poll(inbox, { maxBytes: 50 })).toMatchObject({ code: 0, message: { bytes: 5_000 } });
  });

  test('TOO_LARGE without: the message is destroyed, the client wakes, a seqno is used', () => {
    const { a, b, inbox, dest } = pair();
    const port = a.port();
    a.send(dest, { bytes: 50, reply: { disp: MAKE_SEND_ONCE, name: port } });
    expect(b.poll(inbox, { maxBytes: 49 })).toMatchObject({ code: 'MACH_RCV_TOO_LARGE', value: 50 });
    expect(a.notifications(port)).toEqual([{ id: 71, handled: 'no' }]);
    expect(b.status(inbox)).toMatchObject({ seqno: 1, msgcount: 0 });
  });

  test('of a refused message the header arrives, with no rights; a reply port that was dead still reads DEAD', () => {
    const { a, b, inbox, dest } = pair();
    const port = a.port();
    const item = { disp: MAKE_SEND, name: port };
    a.send(dest, { bytes: 50, payload: 'p', rights: [item], reply: { disp: MAKE_SEND_ONCE, name: port } });
    expect(b.poll(inbox, { maxBytes: 49 }).message).toEqual({
      local: { disp: MOVE_SEND, name: inbox },
      remote: { disp: MOVE_SEND_ONCE, name: 0 },
      rights: [],
      tag: 0,
      seqno: 0,
      bytes: 50,
      payload: 'p',
      notification: null,
      aborted: false,
      headerOnly: true,
    });
    a.send(dest, { bytes: 50, reply: { disp: MOVE_SEND, name: a.dead() } });
    expect(b.poll(inbox, { maxBytes: 49 }).message?.remote).toEqual({ disp: MOVE_SEND, name: 0xffff_ffff });
    const once = b.give(a, MAKE_SEND_ONCE, inbox);
    a.send({ disp: MOVE_SEND_ONCE, name: once }, { bytes: 50 });
    expect(b.poll(inbox, { maxBytes: 49 }).message).toMatchObject({
      local: { disp: MOVE_SEND_ONCE, name: inbox },
      remote: { disp: 0, name: 0 },
      seqno: 2,
    });
  });

  test('a reply too large for its receiver has arrived all the same: no send-once notification follows', () => {
    const { a, b } = pair();
    const port = a.port();
    const once = a.give(b, MAKE_SEND_ONCE, port);
    b.send({ disp: MOVE_SEND_ONCE, name: once }, { bytes: 50 });
    expect(a.poll(port, { maxBytes: 1 }).code).toBe('MACH_RCV_TOO_LARGE');
    expect(a.status(port)).toMatchObject({ msgcount: 0, sorights: 0 });
  });

  test('a waiter for less gets TOO_LARGE and the message goes to the next, or the queue', () => {
    const { m, a, b, inbox, dest } = pair();
    b.wait(inbox, 1, { maxBytes: 10, large: true });
    b.wait(inbox, 2);
    a.send(dest, { bytes: 50, payload: 'big' });
    expect(m.effects()).toMatchObject([
      { receiveId: 1, code: 'MACH_RCV_TOO_LARGE', value: 50 },
      { receiveId: 2, code: 0, message: { payload: 'big' } },
    ]);
    b.wait(inbox, 3, { maxBytes: 10, large: true });
    a.send(dest, { bytes: 50, payload: 'kept' });
    expect(b.receive(inbox)?.payload).toBe('kept');
  });

  test('PORT_DIED: the receive right is destroyed while somebody waits', () => {
    const { m, b, inbox } = pair();
    b.wait(inbox, 1);
    b.destroy(inbox);
    expect(m.effects()).toEqual([{ type: 'received', task: b.id, receiveId: 1, code: 'MACH_RCV_PORT_DIED' }]);
  });

  test('IN_SET and PORT_CHANGED: a serving port is received from by its server only', () => {
    const { m, b, inbox } = pair();
    b.wait(inbox, 1);
    b.do({ op: 'serve', name: inbox });
    expect(m.effects()).toEqual([{ type: 'received', task: b.id, receiveId: 1, code: 'MACH_RCV_PORT_CHANGED' }]);
    expect(b.poll(inbox).code).toBe('MACH_RCV_IN_SET');
  });
});

describe('mach.md §8: RCV_NOTIFY', () => {
  const DEAD_NAME = 72;

  function asking() {
    const p = pair();
    const [port, notify] = [p.a.port(), p.b.port()];
    return { ...p, port, notify };
  }

  test('a reply right with a name of its own is watched from the start', () => {
    const { a, b, inbox, dest, port, notify } = asking();
    for (const disp of [MAKE_SEND_ONCE, MAKE_SEND]) a.send(dest, { reply: { disp, name: port } });
    const replies = [0, 1].map(() => need(b.poll(inbox, { notify }).message).remote.name);
    expect(replies.map((name) => b.type(name))).toEqual([TYPE.SEND_ONCE, TYPE.SEND].map((t) => t + 2 ** 31));
    expect(b.status(notify).sorights).toBe(2);
    a.destroy(port);
    expect(b.notifications(notify)).toEqual(replies.map((name) => ({ id: DEAD_NAME, name })));
    expect(replies.map((name) => b.refs(name, 4))).toEqual([2, 2]);
  });

  test('so is one that a waiting receive gets', () => {
    const { m, a, b, inbox, dest, port, notify } = asking();
    b.wait(inbox, 1, { notify });
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port } });
    expect(m.effects()).toMatchObject([{ receiveId: 1, code: 0 }]);
    expect(b.status(notify).sorights).toBe(1);
  });

  test('one that joins a name is not, nor one that is dead, nor one of the body', () => {
    const { a, b, inbox, dest, port, notify } = asking();
    const known = a.give(b, MAKE_SEND, port);
    a.send(dest, { reply: { disp: MAKE_SEND, name: port } });
    expect(need(b.poll(inbox, { notify }).message).remote.name).toBe(known);
    const gone = a.port();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: gone } });
    a.destroy(gone);
    expect(need(b.poll(inbox, { notify }).message).remote.name).toBe(0xffff_ffff);
    a.send(dest, { rights: [{ disp: MAKE_SEND_ONCE, name: port }] });
    expect(need(b.poll(inbox, { notify }).message).remote.name).toBe(0);
    expect(b.status(notify).sorights).toBe(0);
  });

  test('a name that is no receive right when the message is there costs the message', () => {
    const { a, b, inbox, dest, port, notify } = asking();
    const spare = b.port();
    for (const name of [999, a.give(b, MAKE_SEND, port), b.dead(), b.set()]) {
      expect(b.poll(inbox, { notify: name }).code).toBe('MACH_RCV_TIMED_OUT');
      a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port } });
      expect(b.poll(inbox, { notify: name })).toMatchObject({
        code: 'MACH_RCV_INVALID_NOTIFY',
        message: { remote: { disp: MOVE_SEND_ONCE, name: 0 }, headerOnly: true },
      });
      expect(a.notifications(port)).toEqual([{ id: 71, handled: 'no' }]);
      expect(b.receive(inbox)).toBeUndefined();
    }
    b.wait(inbox, 1, { notify });
    b.do({ op: 'port_rename', old: notify, name: 4711 });
    b.do({ op: 'port_rename', old: spare, name: notify });
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port } });
    expect([b.status(4711).sorights, b.status(notify).sorights]).toEqual([0, 1]);
  });

  test('the size is looked at first', () => {
    const { a, b, inbox, dest } = asking();
    a.send(dest, { bytes: 50 });
    expect(b.poll(inbox, { maxBytes: 49, large: true, notify: 999 }).code).toBe('MACH_RCV_TOO_LARGE');
    expect(b.poll(inbox, { maxBytes: 50, notify: 999 }).code).toBe('MACH_RCV_INVALID_NOTIFY');
  });
});
