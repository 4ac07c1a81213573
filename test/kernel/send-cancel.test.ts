import { describe, expect, test } from 'vitest';
import { DISP, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { need, pair } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

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
