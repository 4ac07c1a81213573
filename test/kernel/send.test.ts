import { describe, expect, test } from 'vitest';
import { DISP, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { need, pair, type TestTask } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

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
