import { describe, expect, test } from 'vitest';
import { DISP, NO_MEMORY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';
import type { TestTask } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

function pair() {
  const m = new Machine();
  const [a, b] = [m.task(), m.task()];
  const inbox = b.port();
  const to = b.give(a, MAKE_SEND, inbox);
  return { m, a, b, inbox, to, dest: { disp: COPY_SEND, name: to } };
}

/** Fills the queue; answers the last payload. */
function fill(task: TestTask, to: number, count = 5): void {
  for (let payload = 1; payload <= count; payload += 1) task.send({ disp: COPY_SEND, name: to }, { payload });
}

const namesOf = (task: TestTask) => {
  const { names, types } = task.do({ op: 'port_names' });
  return names?.map((name, i) => [name, types?.[i], task.refs(name, RIGHT.SEND)]);
};

describe('mach.md §7.1, §6: size and header bits', () => {
  test('are checked before any name is looked up', () => {
    const { a, dest } = pair();
    for (const bytes of [-1, 0.5, Number.NaN]) {
      expect(a.send({ disp: 99, name: 999 }, { bytes }).code).toBe('MACH_SEND_MSG_TOO_SMALL');
    }
    for (const disp of [0, 16, 22]) expect(a.send({ disp, name: 999 }).code).toBe('MACH_SEND_INVALID_HEADER');
    expect(a.send(dest, { reply: { disp: 0, name: 5 } }).code).toBe('MACH_SEND_INVALID_HEADER');
    expect(a.send(dest, { reply: { disp: 16, name: 0 } }).code).toBe('MACH_SEND_INVALID_HEADER');
  });

  test('a reply of NULL or DEAD is legal', () => {
    const { a, b, dest, inbox } = pair();
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: 0 } });
    a.send(dest, { reply: { disp: COPY_SEND, name: 0xffff_ffff } });
    expect(b.receive(inbox)?.remote).toEqual({ disp: MOVE_SEND_ONCE, name: 0 });
    expect(b.receive(inbox)?.remote).toEqual({ disp: MOVE_SEND, name: 0xffff_ffff });
  });
});

describe('mach.md §7.2: the header is copied in whole or not at all', () => {
  test('order: destination unknown, reply unknown or wrong, destination wrong or dead', () => {
    const { a, to, dest } = pair();
    const port = a.port();
    const dead = a.dead();
    const bad = { disp: COPY_SEND, name: port };
    expect(a.send({ disp: COPY_SEND, name: 999 }, { reply: bad }).code).toBe('MACH_SEND_INVALID_DEST');
    expect(a.send({ disp: COPY_SEND, name: dead }, { reply: bad }).code).toBe('MACH_SEND_INVALID_REPLY');
    expect(a.send({ disp: MAKE_SEND, name: to }, { reply: { disp: COPY_SEND, name: 999 } }).code).toBe(
      'MACH_SEND_INVALID_REPLY',
    );
    expect(a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: dead } }).code).toBe('MACH_SEND_INVALID_REPLY');
    for (const disp of [COPY_SEND, MOVE_SEND, MOVE_SEND_ONCE]) {
      expect(a.send({ disp, name: dead }).code).toBe('MACH_SEND_INVALID_DEST');
    }
    expect(a.send({ disp: MAKE_SEND, name: to }).code).toBe('MACH_SEND_INVALID_DEST');
  });

  test('on failure the space is untouched', () => {
    const { a, to } = pair();
    const before = namesOf(a);
    a.send({ disp: MOVE_SEND, name: to }, { reply: { disp: COPY_SEND, name: 999 } });
    a.send({ disp: MOVE_SEND, name: to }, { reply: { disp: MOVE_SEND, name: to } });
    a.send({ disp: MOVE_SEND_ONCE, name: to }, { reply: { disp: MOVE_SEND, name: to } });
    expect(namesOf(a)).toEqual(before);
  });

  test('a dead name is a fine reply port; a move eats a reference', () => {
    const { a, b, dest, inbox } = pair();
    const dead = a.dead();
    expect(a.send(dest, { reply: { disp: MOVE_SEND_ONCE, name: dead } }).code).toBe(0);
    expect(a.type(dead)).toBeUndefined();
    expect(b.receive(inbox)?.remote).toEqual({ disp: MOVE_SEND_ONCE, name: 0xffff_ffff });
  });
});

describe('mach.md §7.2: destination and reply under one name', () => {
  /** dest, reply, references held, receive right held → code, references left */
  const JOINT: [number, number, number, boolean, string | 0, number][] = [
    [COPY_SEND, COPY_SEND, 1, false, 0, 1],
    [COPY_SEND, MOVE_SEND, 1, false, 0, 0],
    [MOVE_SEND, COPY_SEND, 1, false, 0, 0],
    [MOVE_SEND, MOVE_SEND, 1, false, 'MACH_SEND_INVALID_DEST', 1],
    [MOVE_SEND, MOVE_SEND, 2, false, 0, 0],
    [MOVE_SEND, MOVE_SEND, 3, false, 0, 1],
    [MAKE_SEND, MOVE_SEND, 1, true, 0, 0],
    [MOVE_SEND, MAKE_SEND_ONCE, 1, true, 0, 0],
    [MAKE_SEND_ONCE, MAKE_SEND, 0, true, 0, 0],
    [MAKE_SEND, COPY_SEND, 0, true, 'MACH_SEND_INVALID_REPLY', 0],
    [COPY_SEND, MAKE_SEND, 0, true, 'MACH_SEND_INVALID_DEST', 0],
    [COPY_SEND, MOVE_SEND_ONCE, 1, false, 'MACH_SEND_INVALID_REPLY', 1],
    [MOVE_SEND_ONCE, COPY_SEND, 1, false, 'MACH_SEND_INVALID_DEST', 1],
  ];

  test.each(JOINT)('%i with %i, %i references, receive %s → %s, %i left', (disp, reply, refs, receive, code, left) => {
    const { a, b } = pair();
    const name = receive ? a.port() : b.give(a, MAKE_SEND, b.port());
    const port = receive ? name : 0;
    for (let i = receive ? 0 : 1; i < refs; i += 1) a.give(a, receive ? MAKE_SEND : COPY_SEND, name);
    expect(a.send({ disp, name }, { reply: { disp: reply, name } }).code).toBe(code);
    expect(a.refs(name, RIGHT.SEND) ?? 0).toBe(left);
    if (receive && code === 0) expect(a.receive(port)?.local.disp).toBe(disp === MAKE_SEND_ONCE ? 18 : 17);
  });

  test('a send-once right cannot be both', () => {
    const { a, b } = pair();
    const once = b.give(a, MAKE_SEND_ONCE, b.port());
    const both = { disp: MOVE_SEND_ONCE, name: once };
    expect(a.send(both, { reply: both }).code).toBe('MACH_SEND_INVALID_DEST');
    expect(a.type(once)).toBe(TYPE.SEND_ONCE);
  });
});

describe('mach.md §7: SEND_CANCEL', () => {
  function watched(disp: typeof MAKE_SEND | typeof MAKE_SEND_ONCE) {
    const p = pair();
    const { a, b, inbox } = p;
    const [cancel, other] = [a.port(), a.port()];
    const name = b.give(a, disp, inbox);
    const watch = (port: number) => a.watch(72, name, port);
    return { ...p, cancel, other, name, watch };
  }

  test.each([
    [MAKE_SEND, MOVE_SEND],
    [MAKE_SEND_ONCE, MOVE_SEND_ONCE],
  ])('the port-deleted of a moved destination is not sent to the port given (%i, %i)', (made, disp) => {
    const { a, cancel, name, watch } = watched(made);
    if (made === MAKE_SEND) a.do({ op: 'port_mod_refs', name, right: RIGHT.SEND, delta: -1 });
    watch(cancel);
    expect(a.send({ disp, name }, {}, { cancel }).code).toBe(0);
    expect(a.type(name)).toBeUndefined();
    expect(a.status(cancel)).toMatchObject({ sorights: 0, msgcount: 0 });
  });

  test('it is sent to any other, and without being asked not to', () => {
    const { a, cancel, other, name, watch } = watched(MAKE_SEND_ONCE);
    watch(other);
    a.send({ disp: MOVE_SEND_ONCE, name }, {}, { cancel });
    expect(a.notifications(other)).toEqual([{ id: 65, name }]);
    const again = watched(MAKE_SEND_ONCE);
    again.watch(again.cancel);
    again.a.send({ disp: MOVE_SEND_ONCE, name: again.name });
    expect(again.a.notifications(again.cancel)).toEqual([{ id: 65, name: again.name }]);
  });

  test('a request on a name that stays, stays', () => {
    const { a, b, inbox, cancel, name, watch } = watched(MAKE_SEND);
    watch(cancel);
    a.send({ disp: MOVE_SEND, name }, {}, { cancel });
    expect(a.refs(name, RIGHT.SEND)).toBe(1);
    expect(a.status(cancel).sorights).toBe(1);
    b.destroy(inbox);
    expect(a.notifications(cancel)).toEqual([{ id: 72, name }]);
  });

  test('only of the destination, not of the reply or of the body', () => {
    const { a, b, dest, cancel } = watched(MAKE_SEND);
    const [reply, item] = [b.port(), b.port()].map((port) => b.give(a, MAKE_SEND_ONCE, port)).map(need);
    for (const name of [need(reply), need(item)]) a.watch(72, name, cancel);
    const move = (name: number | undefined) => ({ disp: MOVE_SEND_ONCE, name: need(name) });
    a.send(dest, { reply: move(reply), rights: [move(item)] }, { cancel });
    expect(a.notifications(cancel)).toEqual([reply, item].map((name) => ({ id: 65, name })));
  });

  test('where one name is both, it is the destination that is moved last', () => {
    const { a, cancel, name, watch } = watched(MAKE_SEND);
    watch(cancel);
    a.send({ disp: MOVE_SEND, name }, { reply: { disp: MOVE_SEND, name } }, { cancel });
    expect(a.type(name)).toBeUndefined();
    expect(a.notifications(cancel)).toEqual([]);
    const again = watched(MAKE_SEND);
    again.a.do({ op: 'port_deallocate', name: again.name });
    again.watch(again.cancel);
    const { name: both, cancel: port } = again;
    again.a.send({ disp: COPY_SEND, name: both }, { reply: { disp: MOVE_SEND, name: both } }, { cancel: port });
    expect(again.a.notifications(port)).toEqual([{ id: 65, name: both }]);
  });

  test('a name that is no receive right is refused after the bits and before the destination; nothing happens', () => {
    const { a, to } = watched(MAKE_SEND);
    for (const cancel of [999, to, a.dead(), a.set()]) {
      expect(a.send({ disp: 0, name: to }, {}, { cancel }).code).toBe('MACH_SEND_INVALID_HEADER');
      expect(a.send({ disp: MOVE_SEND, name: 998 }, {}, { cancel }).code).toBe('MACH_SEND_INVALID_NOTIFY');
      expect(a.send({ disp: MOVE_SEND, name: to }, {}, { cancel }).code).toBe('MACH_SEND_INVALID_NOTIFY');
    }
    expect(a.type(to)).toBe(TYPE.SEND);
  });
});

describe('mach.md §7.3: the body is copied in front to back', () => {
  test('a bad item destroys the message: what was before it is gone, what is after it untouched', () => {
    const { a, b, to, inbox } = pair();
    const [first, last] = [b.port(), b.port()].map((port) => b.give(a, MAKE_SEND, port));
    const reply = a.port();
    const rights = [
      { disp: MOVE_SEND, name: need(first) },
      { disp: MAKE_SEND, name: to },
      { disp: MOVE_SEND, name: need(last) },
    ];
    const message = { rights, reply: { disp: MAKE_SEND_ONCE, name: reply }, tag: 7 };
    expect(a.send({ disp: MOVE_SEND, name: to }, message).code).toBe('MACH_SEND_INVALID_RIGHT');
    expect(a.type(to)).toBeUndefined();
    expect(a.type(need(first))).toBeUndefined();
    expect(a.type(need(last))).toBe(TYPE.SEND);
    expect(b.receive(inbox)).toBeUndefined();
    expect(b.status(inbox).srights).toBe(false);
    expect(a.receive(reply)).toMatchObject({ tag: 7, notification: { id: 71, handled: 'no' } });
  });

  test('a disposition that is none is INVALID_TYPE, an unknown name INVALID_RIGHT', () => {
    const { a, dest } = pair();
    for (const disp of [0, 15, 22]) {
      expect(a.send(dest, { rights: [{ disp, name: 999 }] }).code).toBe('MACH_SEND_INVALID_TYPE');
    }
    expect(a.send(dest, { rights: [{ disp: COPY_SEND, name: 999 }] }).code).toBe('MACH_SEND_INVALID_RIGHT');
  });

  test('the header comes first: an item that the header moved away is no longer there', () => {
    const { a, to } = pair();
    const rights = [{ disp: COPY_SEND, name: to }];
    expect(a.send({ disp: MOVE_SEND, name: to }, { rights }).code).toBe('MACH_SEND_INVALID_RIGHT');
  });
});

describe('mach.md §6, §7.3: out-of-line memory among the rights', () => {
  const memory = (name: number) => ({ disp: DISP.MEMORY, name });

  test('arrives in its place, with its length; none at all is legal', () => {
    const { a, b, dest, inbox } = pair();
    const port = a.port();
    const rights = [memory(4096), { disp: MAKE_SEND, name: port }, memory(0), memory(0xffff_fffe)];
    expect(a.send(dest, { rights }).code).toBe(0);
    const received = need(b.receive(inbox)).rights;
    expect(received.map(({ disp }) => disp)).toEqual([DISP.MEMORY, MOVE_SEND, DISP.MEMORY, DISP.MEMORY]);
    expect([0, 2, 3].map((i) => received[i]?.name)).toEqual([4096, 0, 0xffff_fffe]);
  });

  test('comes back in its place when the message does', () => {
    const { a, to, dest } = pair();
    fill(a, to);
    const { returned } = a.send(dest, { rights: [memory(7)] }, { poll: true });
    expect(returned?.rights).toEqual([memory(7)]);
  });

  test('is delivered again as it was, if it was not taken', () => {
    const { m, a, b, dest, inbox } = pair();
    b.do({ op: 'serve', name: inbox });
    a.send(dest, { rights: [memory(7)] });
    expect(m.delivered()).toMatchObject([{ rights: [memory(7)] }]);
    b.do({ op: 'drained', name: inbox, taken: 0 });
    expect(b.receive(inbox)?.rights).toEqual([memory(7)]);
  });

  test('that is not there destroys the message at its turn: before it all is gone, after it nothing is touched', () => {
    const { a, b, to, inbox } = pair();
    const [first, last] = [b.port(), b.port()].map((port) => b.give(a, MAKE_SEND, port));
    const rights = [
      { disp: MOVE_SEND, name: need(first) },
      memory(NO_MEMORY),
      { disp: MOVE_SEND, name: need(last) },
      { disp: MOVE_SEND, name: 999 },
    ];
    expect(a.send({ disp: MOVE_SEND, name: to }, { rights }).code).toBe('MACH_SEND_INVALID_MEMORY');
    expect([to, need(first), need(last)].map((name) => a.type(name))).toEqual([undefined, undefined, TYPE.SEND]);
    expect(b.receive(inbox)).toBeUndefined();
    const early = [{ disp: MOVE_SEND, name: 999 }, memory(NO_MEMORY)];
    expect(a.send({ disp: MAKE_SEND, name: a.port() }, { rights: early }).code).toBe('MACH_SEND_INVALID_RIGHT');
  });

  test('is nothing but an item of a body', () => {
    const { a, b, dest } = pair();
    const port = a.port();
    const name = port;
    expect(a.send(memory(name)).code).toBe('MACH_SEND_INVALID_HEADER');
    for (const size of [0, name]) expect(a.send(dest, { reply: memory(size) }).code).toBe('MACH_SEND_INVALID_HEADER');
    const insert = { op: 'port_insert_right', name: 77, right: memory(name) } as const;
    expect(a.code(insert)).toBe('KERN_INVALID_VALUE');
    expect(a.code({ op: 'port_extract_right', ...memory(name) })).toBe('KERN_INVALID_VALUE');
    expect(() => a.give(b, DISP.MEMORY, name)).toThrow('KERN_INVALID_VALUE');
    const request = { op: 'port_request_notification', variant: 72, sync: 0, tag: 0 } as const;
    expect(a.code({ ...request, name, notify: memory(port) })).toBe('KERN_INVALID_VALUE');
  });
});

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

describe('limits: bytes queued', () => {
  test('are charged to the sender until the message is received, taken, destroyed or returned; replies are exempt', () => {
    const m = new Machine({ queuedBytesPerTask: 100 });
    const [a, b] = [m.task(), m.task()];
    const inbox = b.port();
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    const charged = () => need(m.kernel.inspect().tasks.find((task) => task.task === a.id)).queuedBytes;
    expect(a.send(dest, { bytes: 101 }).code).toBe('MACH_SEND_NO_BUFFER');
    expect(a.send(dest, { bytes: 100 }).code).toBe(0);
    expect(a.send({ disp: COPY_SEND, name: 999 }, { bytes: 1 }).code).toBe('MACH_SEND_NO_BUFFER');
    const once = b.give(a, MAKE_SEND_ONCE, inbox);
    expect(a.send({ disp: MOVE_SEND_ONCE, name: once }, { bytes: 1000 }).code).toBe(0);
    expect(charged()).toBe(100);
    b.receive(inbox);
    expect(charged()).toBe(0);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    a.send(dest, { bytes: 60 }, { poll: true });
    expect(charged()).toBe(0);
    a.send(dest, { bytes: 60 }, { sendId: 77 });
    expect(charged()).toBe(60);
    b.destroy(inbox);
    expect(charged()).toBe(0);
  });
});

describe('limits: pending calls', () => {
  test('are the task’s, whatever reply port it uses, and whoever has that by now', () => {
    const m = new Machine({ pendingCalls: 2 });
    const [a, b] = [m.task(), m.task()];
    const [inbox, first, second] = [b.port(), a.port(), a.port()];
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    const ask = (name: number) => a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name } }).code;
    expect([ask(first), ask(second), ask(second)]).toEqual([0, 0, 'MACH_SEND_NO_BUFFER']);
    expect(a.send(dest, { rights: [{ disp: MAKE_SEND_ONCE, name: first }] }).code).toBe('MACH_SEND_NO_BUFFER');
    expect(a.send({ disp: MAKE_SEND_ONCE, name: first }).code).toBe('MACH_SEND_NO_BUFFER');
    b.makeOnce(inbox);
    expect(b.send({ disp: MAKE_SEND_ONCE, name: inbox }).code).toBe(0);
    const moved = need(m.kernel.grant(a.id, { disp: DISP.MOVE_RECEIVE, name: first }, b.id).name);
    expect(ask(second)).toBe('MACH_SEND_NO_BUFFER');
    b.send(need(b.receive(inbox)).remote);
    b.receive(moved);
    expect(ask(second)).toBe(0);
    a.destroy(second);
    expect([ask(a.port()), ask(a.port())]).toEqual([0, 0]);
  });

  test('a reply port has so many calls out, and no more until one is answered', () => {
    const m = new Machine({ pendingCalls: 2 });
    const [a, b] = [m.task(), m.task()];
    const [inbox, port] = [b.port(), a.port()];
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    const ask = () => a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: port } }).code;
    expect([ask(), ask(), ask()]).toEqual([0, 0, 'MACH_SEND_NO_BUFFER']);
    expect(a.send(dest).code).toBe(0);
    b.send(need(b.receive(inbox)).remote);
    a.receive(port);
    expect(ask()).toBe(0);
  });
});
