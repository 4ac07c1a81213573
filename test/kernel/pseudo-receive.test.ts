import { describe, expect, test } from 'vitest';
import { DISP, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { fill, Machine, need, pair } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND } = DISP;

describe('mach.md §7: pseudo-receive', () => {
  test('dispositions are the received kinds: COPY_SEND is one reference more, MAKE_SEND_ONCE a new name', () => {
    const { a, to, dest } = pair();
    fill(a, to);
    const port = a.port();
    const rights = [{ disp: MAKE_SEND, name: port }];
    const sent = a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port }, rights, payload: 'p' }, { poll: true });
    expect(sent.code).toBe('MACH_SEND_TIMED_OUT');
    const { dest: back, reply, rights: body, payload } = need(sent.returned);
    expect({ back, body, payload }).toEqual({
      back: { disp: MOVE_SEND, name: to },
      body: [{ disp: MOVE_SEND, name: port }],
      payload: 'p',
    });
    expect(a.refs(to, RIGHT.SEND)).toBe(2);
    expect(a.type(reply.name)).toBe(TYPE.SEND_ONCE);
    expect(a.type(port)).toBe(TYPE.SEND + TYPE.RECEIVE);
    expect(a.status(port).mscount).toBe(1);
  });

  test('it can be sent again as it is, without a leak', () => {
    const { a, b, to, inbox, dest } = pair();
    fill(a, to);
    const port = a.port();
    const first = a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port }, tag: 4 }, { poll: true });
    b.receive(inbox);
    const { dest: again, reply } = need(first.returned);
    expect(a.send(again, { reply }).code).toBe(0);
    expect(a.refs(to, RIGHT.SEND)).toBe(1);
    expect(a.type(reply.name)).toBeUndefined();
    for (let i = 0; i < 4; i += 1) b.receive(inbox);
    const { remote } = need(b.receive(inbox));
    b.send(remote, { payload: 'answer' });
    expect(a.receive(port)).toMatchObject({ tag: 4, payload: 'answer' });
  });

  test('a right that there is no room for any more is destroyed and reads NULL; the others come back', () => {
    const m = new Machine({ namesPerTask: 5 });
    const [a, b] = [m.task(), m.task()];
    const [inbox, given] = [b.port(), b.port()];
    const [to, item] = [b.give(a, MAKE_SEND, inbox), b.give(a, MAKE_SEND, given)];
    fill(a, to);
    const port = a.port();
    const rights = [
      { disp: MAKE_SEND_ONCE, name: port },
      { disp: MOVE_SEND, name: item },
    ];
    const reply = { disp: MAKE_SEND_ONCE, name: port };
    const { returned } = a.send({ disp: COPY_SEND, name: to }, { reply, rights, tag: 8 }, { poll: true });
    expect(returned?.dest).toEqual({ disp: MOVE_SEND, name: to });
    expect(a.type(need(returned).reply.name)).toBe(TYPE.SEND_ONCE);
    expect(a.type(need(returned).rights[0]?.name ?? 0)).toBe(TYPE.SEND_ONCE);
    expect(returned?.rights[1]).toEqual({ disp: MOVE_SEND, name: 0 });
    expect(b.status(given).srights).toBe(false);
  });

  test('send_cancel ends a blocked send with the code given, from the middle of the queue too', () => {
    const { m, a, b, to, inbox, dest } = pair();
    fill(a, to);
    for (const sendId of [1001, 1002, 1003]) a.send(dest, { payload: sendId }, { sendId });
    const cancelled = a.call({ op: 'send_cancel', sendId: 1002, code: 'MACH_SEND_INTERRUPTED' });
    expect(cancelled).toMatchObject({ code: 'MACH_SEND_INTERRUPTED', returned: { payload: 1002 } });
    expect(a.code({ op: 'send_cancel', sendId: 1002, code: 'MACH_SEND_TIMED_OUT' })).toBe('KERN_INVALID_ARGUMENT');
    const order = Array.from({ length: 7 }, () => b.receive(inbox)?.payload);
    expect(order).toEqual([1, 2, 3, 4, 5, 1001, 1003]);
    expect(m.effects().map((effect) => effect.type)).toEqual(['sent', 'sent']);
  });
});
