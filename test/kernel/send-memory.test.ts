import { describe, expect, test } from 'vitest';
import { DISP, NO_MEMORY, TYPE } from '../../src/kernel/index.ts';
import { fill, need, pair } from './support.ts';

const { MAKE_SEND, MOVE_SEND } = DISP;

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
