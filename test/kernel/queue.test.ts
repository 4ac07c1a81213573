import { describe, expect, test } from 'vitest';
import { DISP, TYPE } from '../../src/kernel/index.ts';
import { fill, pair } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

describe('mach.md §7.4, §7.5, §9: the queue', () => {
  test('a full queue blocks; each dequeue lets one in, in order', () => {
    const { m, a, b, to, inbox } = pair();
    fill(a, to);
    for (const sendId of [101, 102]) {
      expect(a.send({ disp: COPY_SEND, name: to }, { payload: sendId }, { sendId }).code).toBe('blocked');
    }
    expect(m.effects()).toEqual([]);
    expect(b.receive(inbox)?.payload).toBe(1);
    expect(m.effects()).toEqual([{ type: 'sent', task: a.id, sendId: 101, code: 0 }]);
    expect(b.status(inbox).msgcount).toBe(5);
    const rest = Array.from({ length: 6 }, () => b.receive(inbox)?.payload);
    expect(rest).toEqual([2, 3, 4, 5, 101, 102]);
  });

  test('a send id in use is refused before anything happens; it is free when its send has ended, however that was', () => {
    const { a, b, to, inbox, dest } = pair();
    fill(a, to);
    a.send(dest, {}, { sendId: 9 });
    expect(a.send({ disp: MOVE_SEND, name: to }, {}, { sendId: 9 }).code).toBe('KERN_INVALID_ARGUMENT');
    expect(a.type(to)).toBe(TYPE.SEND);
    b.receive(inbox);
    expect(a.send(dest, {}, { sendId: 9 }).code).toBe('blocked');
    expect(a.code({ op: 'send_cancel', sendId: 9, code: 'MACH_SEND_TIMED_OUT' })).toBe('MACH_SEND_TIMED_OUT');
    expect(a.send(dest, {}, { sendId: 9 }).code).toBe('blocked');
    b.destroy(inbox);
    expect(a.code({ op: 'send_cancel', sendId: 9, code: 'MACH_SEND_TIMED_OUT' })).toBe('KERN_INVALID_ARGUMENT');
  });

  test('messages to send-once rights and notifications pass, but count', () => {
    const { a, b, to, inbox } = pair();
    const once = b.give(a, MAKE_SEND_ONCE, inbox);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    expect(a.send({ disp: MOVE_SEND_ONCE, name: once }).code).toBe(0);
    expect(b.status(inbox).msgcount).toBe(1);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    expect(a.send({ disp: COPY_SEND, name: to }, {}, { poll: true }).code).toBe('MACH_SEND_TIMED_OUT');
  });

  test('what the copyin sets off at the very same port is received before there is said to be no room', () => {
    const { b, inbox } = pair();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    const gone = b.makeOnce(b.port());
    b.watch(72, gone, inbox);
    b.wait(inbox, 1);
    const sent = b.send(
      { disp: MAKE_SEND, name: inbox },
      { rights: [{ disp: MOVE_SEND_ONCE, name: gone }] },
      { poll: true },
    );
    expect(sent.code).toBe(0);
  });

  test('qlimit 0 blocks even if a receiver waits', () => {
    const { m, a, b, dest, inbox } = pair();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    expect(b.wait(inbox, 1).code).toBe('waiting');
    expect(a.send(dest).code).toBe('blocked');
    expect(m.effects()).toEqual([]);
  });

  test('raising the limit lets in as many as there is room for; lowering drops nothing', () => {
    const { m, a, b, to, inbox } = pair();
    fill(a, to, 8);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 7 });
    expect(m.effects().map((effect) => effect.type)).toEqual(['sent', 'sent']);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    expect(b.status(inbox).msgcount).toBe(7);
    for (let i = 0; i < 6; i += 1) b.receive(inbox);
    expect(m.effects()).toEqual([]);
    b.receive(inbox);
    expect(m.effects()).toMatchObject([{ type: 'sent', code: 0 }]);
  });

  test('a newcomer never overtakes a blocked send, its own or another task’s', () => {
    const { a, b, to, inbox } = pair();
    fill(a, to, 6);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    for (let i = 0; i < 5; i += 1) b.receive(inbox);
    expect(a.send({ disp: COPY_SEND, name: to }, { payload: 'late' }).code).toBe('blocked');
    expect(b.receive(inbox)?.payload).toBe(6);
    expect(b.receive(inbox)?.payload).toBe('late');
  });

  test('the port dies: blocked sends succeed, their messages are destroyed', () => {
    const { m, a, b, to, inbox, dest } = pair();
    fill(a, to);
    const reply = a.port();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply }, tag: 3 }, { sendId: 50 });
    b.destroy(inbox);
    expect(m.effects()).toEqual([{ type: 'sent', task: a.id, sendId: 50, code: 0 }]);
    expect(a.receive(reply)).toMatchObject({ tag: 3, notification: { id: 71, handled: 'no' } });
  });

  test('a message to a task port is destroyed: nobody has routines there yet', () => {
    const { a } = pair();
    const reply = a.port();
    const message = { reply: { disp: MAKE_SEND_ONCE, name: reply } };
    expect(a.send({ disp: COPY_SEND, name: a.self }, message).code).toBe(0);
    expect(a.notifications(reply)).toEqual([{ id: 71, handled: 'no' }]);
  });
});
