import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need, pair } from './support.ts';
import type { TestTask } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;
const { DEAD_NAME, NO_SENDERS, PORT_DELETED, SEND_ONCE } = NOTIFY;

/** `b` has a port `inbox`, `a` a send right `to` for it, and both a port for notifications. */
function watching() {
  const two = pair();
  return { ...two, notify: two.a.port(), bNotify: two.b.port() };
}

const kill = (task: TestTask, name: number) => task.do({ op: 'port_mod_refs', name, right: RIGHT.RECEIVE, delta: -1 });

describe('mach.md §10: request_notification', () => {
  test('checks: dead notify, unknown variant, name, right', () => {
    const { a, to, notify } = watching();
    const request = (name: number, variant: number, spec: { disp: number; name: number }) =>
      a.code({ op: 'port_request_notification', name, variant, sync: 0, notify: spec, tag: 0 });
    const good = { disp: MAKE_SEND_ONCE, name: notify };
    for (const variant of [0, PORT_DELETED, SEND_ONCE, 1.5]) {
      expect(request(999, variant, { disp: MOVE_SEND_ONCE, name: a.dead() })).toBe('KERN_INVALID_CAPABILITY');
      expect(request(999, variant, good)).toBe('KERN_INVALID_VALUE');
    }
    expect(request(999, NO_SENDERS, good)).toBe('KERN_INVALID_NAME');
    expect(request(to, NO_SENDERS, good)).toBe('KERN_INVALID_RIGHT');
    expect(request(999, DEAD_NAME, good)).toBe('KERN_INVALID_NAME');
    expect(request(to, DEAD_NAME, { disp: COPY_SEND, name: to })).toBe('KERN_INVALID_VALUE');
    expect(request(to, DEAD_NAME, { disp: MAKE_SEND_ONCE, name: 999 })).toBe('KERN_INVALID_NAME');
    expect(request(to, DEAD_NAME, { disp: MAKE_SEND_ONCE, name: to })).toBe('KERN_INVALID_RIGHT');
  });

  test('a refused request destroys the right it was given', () => {
    const { a, notify } = watching();
    a.watch(DEAD_NAME, 999, notify, { tag: 5 });
    expect(a.receive(notify)).toMatchObject({ tag: 5, notification: { id: SEND_ONCE, handled: 'maybe' } });
  });

  test.each([DEAD_NAME, NO_SENDERS])('%i: an atomic swap that returns the previous right; NULL cancels', (variant) => {
    const { b, inbox, bNotify } = watching();
    expect(b.watch(variant, inbox, bNotify, { tag: 1 })).toEqual({ code: 0, disp: 18, name: 0 });
    const { name } = b.watch(variant, inbox, bNotify, { tag: 2 });
    expect(b.type(need(name))).toBe(TYPE.SEND_ONCE);
    expect(b.status(bNotify).sorights).toBe(2);
    const cancel = { disp: variant === DEAD_NAME ? 0 : MAKE_SEND_ONCE, name: 0 };
    const second = b.do({ op: 'port_request_notification', name: inbox, variant, sync: 0, notify: cancel, tag: 0 });
    b.send({ disp: MOVE_SEND_ONCE, name: need(second.name) }, { payload: 'unused' });
    expect(b.receive(bNotify)).toMatchObject({ tag: 2, payload: 'unused' });
    expect(b.type(inbox)).toBe(TYPE.RECEIVE);
    expect(b.status(inbox).nsrequest).toBe(false);
    kill(b, inbox);
    expect(b.receive(bNotify)).toBeUndefined();
  });

  test('no room for the previous right: nothing is swapped', () => {
    const m = new Machine({ namesPerTask: 3 });
    const b = m.task();
    const [inbox, notify] = [b.port(), b.port()];
    b.watch(DEAD_NAME, inbox, notify, { tag: 1 });
    expect(b.watch(DEAD_NAME, inbox, notify, { tag: 2 }).code).toBe('KERN_NO_SPACE');
    expect(b.receive(notify)).toMatchObject({ tag: 2, notification: { id: SEND_ONCE } });
    kill(b, inbox);
    expect(b.receive(notify)).toMatchObject({ tag: 1, notification: { id: PORT_DELETED } });
  });

  test('it arrives as a message to a send-once right, with its tag', () => {
    const { a, b, inbox, to, notify } = watching();
    a.watch(DEAD_NAME, to, notify, { tag: 9 });
    kill(b, inbox);
    expect(a.receive(notify)).toEqual({
      local: { disp: MOVE_SEND_ONCE, name: notify },
      remote: { disp: 0, name: 0 },
      rights: [],
      tag: 9,
      seqno: 0,
      bytes: 0,
      payload: null,
      notification: { id: DEAD_NAME, name: to },
      aborted: false,
      headerOnly: false,
    });
  });

  test('it passes a full queue; if its port is dead it is dropped', () => {
    const { a, b, inbox, to, notify } = watching();
    a.do({ op: 'port_set_qlimit', name: notify, qlimit: 0 });
    const second = b.port();
    const toSecond = b.give(a, MAKE_SEND, second);
    a.watch(DEAD_NAME, to, notify);
    kill(b, inbox);
    expect(a.status(notify).msgcount).toBe(1);
    a.watch(DEAD_NAME, toSecond, notify);
    a.destroy(notify);
    kill(b, second);
    expect(a.refs(toSecond, RIGHT.DEAD_NAME)).toBe(2);
  });
});

describe('mach.md §10: no-senders', () => {
  test('fires at once only if there is no sender and sync is no larger than mscount', () => {
    const { b, inbox, bNotify, a, to } = watching();
    b.watch(NO_SENDERS, inbox, bNotify, { sync: 0 });
    expect(b.receive(bNotify)).toBeUndefined();
    a.do({ op: 'port_deallocate', name: to });
    expect(b.notifications(bNotify)).toEqual([{ id: NO_SENDERS, mscount: 1 }]);
    expect(b.status(inbox).nsrequest).toBe(false);
    b.watch(NO_SENDERS, inbox, bNotify, { sync: 2 });
    expect(b.status(inbox).nsrequest).toBe(true);
    expect(b.notifications(bNotify)).toEqual([]);
    b.watch(NO_SENDERS, inbox, bNotify, { sync: 1 });
    expect(b.notifications(bNotify)).toEqual([{ id: NO_SENDERS, mscount: 1 }]);
    expect(b.status(inbox).nsrequest).toBe(false);
  });

  /** Each way for the last send right to go. */
  const WAYS: Record<string, (s: ReturnType<typeof watching>) => void> = {
    deallocate: ({ a, to }) => a.do({ op: 'port_deallocate', name: to }),
    destroy: ({ a, to }) => a.destroy(to),
    mod_refs: ({ a, to }) => a.do({ op: 'port_mod_refs', name: to, right: RIGHT.SEND, delta: -1 }),
    'task death': ({ a }) => a.end(),
    'a received message used it up': ({ a, b, inbox, to }) => {
      a.send({ disp: MOVE_SEND, name: to });
      expect(b.status(inbox).nsrequest).toBe(true);
      b.receive(inbox);
    },
    'a message that carried it was destroyed': ({ a, b, to, bNotify }) => {
      const other = b.port();
      const toOther = b.give(a, MAKE_SEND, other);
      a.send({ disp: COPY_SEND, name: toOther }, { rights: [{ disp: MOVE_SEND, name: to }] });
      expect(b.receive(bNotify)).toBeUndefined();
      b.destroy(other);
    },
    'a refused send': ({ a, to }) => {
      const rights = [{ disp: COPY_SEND, name: 999 }];
      expect(a.send({ disp: MOVE_SEND, name: to }, { rights }).code).toBe('MACH_SEND_INVALID_RIGHT');
    },
    'a refused insert_right': ({ a, to }) => {
      const right = { disp: MOVE_SEND, name: to };
      expect(a.code({ op: 'port_insert_right', name: a.self, right })).toBe('KERN_NAME_EXISTS');
    },
  };

  test.each(Object.entries(WAYS))('fires when the last one goes: %s', (_way, act) => {
    const s = watching();
    s.b.watch(NO_SENDERS, s.inbox, s.bNotify);
    act(s);
    expect(s.b.notifications(s.bNotify)).toEqual([{ id: NO_SENDERS, mscount: 1 }]);
  });

  test('does not fire while one is in a queue, even the port’s own', () => {
    const { a, b, inbox, to, bNotify } = watching();
    b.watch(NO_SENDERS, inbox, bNotify);
    a.send({ disp: COPY_SEND, name: to }, { rights: [{ disp: MOVE_SEND, name: to }] });
    expect(b.status(inbox).srights).toBe(true);
    b.receive(inbox);
    expect(b.receive(bNotify)).toBeUndefined();
    b.do({ op: 'port_deallocate', name: inbox });
    expect(b.notifications(bNotify)).toEqual([{ id: NO_SENDERS, mscount: 1 }]);
  });

  test('references do not count, names do', () => {
    const { a, b, inbox, to, bNotify } = watching();
    a.give(a, COPY_SEND, to);
    b.watch(NO_SENDERS, inbox, bNotify);
    a.do({ op: 'port_deallocate', name: to });
    expect(b.receive(bNotify)).toBeUndefined();
    a.do({ op: 'port_deallocate', name: to });
    expect(b.receive(bNotify)?.notification?.id).toBe(NO_SENDERS);
  });
});

describe('mach.md §10: dead-name and port-deleted', () => {
  test('dead-name: the name survives with one more reference', () => {
    const { a, b, inbox, to, notify } = watching();
    a.give(a, COPY_SEND, to);
    a.watch(DEAD_NAME, to, notify);
    expect(a.type(to)).toBe(TYPE.SEND + TYPE.DNREQUEST);
    kill(b, inbox);
    expect(a.type(to)).toBe(TYPE.DEAD_NAME);
    expect(a.refs(to, RIGHT.DEAD_NAME)).toBe(3);
    expect(a.notifications(notify)).toEqual([{ id: DEAD_NAME, name: to }]);
  });

  test('without a request there is no extra reference', () => {
    const { a, b, inbox, to } = watching();
    const once = b.give(a, MAKE_SEND_ONCE, inbox);
    kill(b, inbox);
    expect([to, once].map((name) => a.refs(name, RIGHT.DEAD_NAME))).toEqual([1, 1]);
  });

  test('on a dead name: immediate if sync, with one more reference; else refused', () => {
    const { a, notify } = watching();
    const dead = a.dead();
    expect(a.watch(DEAD_NAME, dead, notify, { sync: 0 }).code).toBe('KERN_INVALID_ARGUMENT');
    expect(a.notifications(notify).map((note) => note?.id)).toEqual([SEND_ONCE]);
    expect(a.watch(DEAD_NAME, dead, notify, { sync: 1 }).code).toBe(0);
    expect(a.notifications(notify)).toEqual([{ id: DEAD_NAME, name: dead }]);
    expect(a.refs(dead, RIGHT.DEAD_NAME)).toBe(2);
    a.do({ op: 'port_mod_refs', name: dead, right: RIGHT.DEAD_NAME, delta: 65_533 });
    expect(a.watch(DEAD_NAME, dead, notify, { sync: 1 }).code).toBe('KERN_UREFS_OVERFLOW');
    const cancel = { disp: MAKE_SEND_ONCE, name: 0 };
    const request = {
      op: 'port_request_notification',
      name: dead,
      variant: DEAD_NAME,
      sync: 1,
      notify: cancel,
      tag: 0,
    } as const;
    expect(a.code(request)).toBe('KERN_INVALID_ARGUMENT');
  });

  /** What ends a watched name although its port lives. */
  const ENDS: Record<string, (a: TestTask, to: number, elsewhere: number) => unknown> = {
    deallocate: (a, to) => a.do({ op: 'port_deallocate', name: to }),
    'mod_refs to 0': (a, to) => a.do({ op: 'port_mod_refs', name: to, right: RIGHT.SEND, delta: -1 }),
    destroy: (a, to) => a.destroy(to),
    'MOVE_SEND of the last reference': (a, to, elsewhere) =>
      a.send({ disp: COPY_SEND, name: elsewhere }, { rights: [{ disp: MOVE_SEND, name: to }] }),
  };

  test.each(Object.entries(ENDS))('port-deleted: %s', (_way, act) => {
    const { a, b, to, notify } = watching();
    a.watch(DEAD_NAME, to, notify);
    act(a, to, b.give(a, MAKE_SEND, b.port()));
    expect(a.notifications(notify)).toEqual([{ id: PORT_DELETED, name: to }]);
  });

  test('port-deleted: MOVE_SEND_ONCE used, and a send-once deallocated (after its own notification)', () => {
    const { a, notify } = watching();
    const used = a.makeOnce(notify);
    a.watch(DEAD_NAME, used, notify);
    a.send({ disp: MOVE_SEND_ONCE, name: used }, { payload: 'reply' });
    expect(a.notifications(notify)).toEqual([{ id: PORT_DELETED, name: used }, null]);
    const dropped = a.makeOnce(notify);
    a.watch(DEAD_NAME, dropped, notify);
    a.do({ op: 'port_deallocate', name: dropped });
    expect(a.notifications(notify)).toEqual([
      { id: SEND_ONCE, handled: 'maybe' },
      { id: PORT_DELETED, name: dropped },
    ]);
  });

  test('port-deleted: the end of a pure receive right', () => {
    const { a, b, inbox, bNotify, to } = watching();
    b.watch(DEAD_NAME, inbox, bNotify);
    kill(b, inbox);
    expect(b.notifications(bNotify)).toEqual([{ id: PORT_DELETED, name: inbox }]);
    expect(a.type(to)).toBe(TYPE.DEAD_NAME);
  });

  test('not when send references reach 0 on a name that still has the receive right', () => {
    const { a, notify } = watching();
    const port = a.makeSend(a.port());
    a.watch(DEAD_NAME, port, notify);
    a.do({ op: 'port_deallocate', name: port });
    expect(a.receive(notify)).toBeUndefined();
    expect(a.type(port)).toBe(TYPE.RECEIVE + TYPE.DNREQUEST);
  });

  test('no-senders comes before port-deleted', () => {
    const { a, b, inbox, to, bNotify } = watching();
    b.watch(NO_SENDERS, inbox, bNotify);
    const back = b.give(a, MAKE_SEND_ONCE, bNotify);
    const notify = { disp: MOVE_SEND_ONCE, name: back };
    a.do({ op: 'port_request_notification', name: to, variant: DEAD_NAME, sync: 0, notify, tag: 0 });
    a.do({ op: 'port_deallocate', name: to });
    expect(b.notifications(bNotify).map((note) => note?.id)).toEqual([NO_SENDERS, PORT_DELETED]);
  });
});

describe('mach.md §10: send-once', () => {
  const DESTROYED: Record<string, (holder: TestTask, once: number) => unknown> = {
    deallocate: (holder, once) => holder.do({ op: 'port_deallocate', name: once }),
    mod_refs: (holder, once) => holder.do({ op: 'port_mod_refs', name: once, right: RIGHT.SEND_ONCE, delta: -1 }),
    destroy: (holder, once) => holder.destroy(once),
    'task death': (holder) => holder.end(),
  };

  test.each(Object.entries(DESTROYED))('a right destroyed unused: %s', (_way, act) => {
    const { a, b, notify } = watching();
    act(b, a.give(b, MAKE_SEND_ONCE, notify));
    expect(a.notifications(notify)).toEqual([{ id: SEND_ONCE, handled: 'maybe' }]);
    expect(a.status(notify).sorights).toBe(0);
  });

  test('exactly one message per right: the reply, and then nothing', () => {
    const { a, b, notify } = watching();
    const once = a.give(b, MAKE_SEND_ONCE, notify);
    b.send({ disp: MOVE_SEND_ONCE, name: once }, { payload: 'reply' });
    b.end();
    expect(a.receive(notify)?.payload).toBe('reply');
    expect(a.receive(notify)).toBeUndefined();
  });
});
