import { describe, expect, test } from 'vitest';
import { DISP, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE } = DISP;
const { RECEIVE, PORT_SET } = RIGHT;
const [PORT_DESTROYED, DEAD_NAME] = [69, 72];
const OWN = 0x4000_0000;

/** `a` has the task port of `b`, under the name `on`. */
function pair(limits = {}) {
  const m = new Machine(limits);
  const [a, b] = [m.task(), m.task()];
  return { m, a, b, on: b.give(a, COPY_SEND, b.self) };
}

describe('mach.md §3: who holds a task port makes the calls on that task', () => {
  test('names are that task’s: to make, to look at, to change and to end', () => {
    const { a, b, on } = pair();
    a.do({ op: 'port_allocate_name', right: RECEIVE, name: OWN }, on);
    expect([a.type(OWN), b.type(OWN)]).toEqual([undefined, TYPE.RECEIVE]);
    expect(a.do({ op: 'port_type', name: OWN }, on).value).toBe(TYPE.RECEIVE);
    a.do({ op: 'port_set_qlimit', name: OWN, qlimit: 7 }, on);
    expect(a.do({ op: 'port_get_receive_status', name: OWN }, on).status?.qlimit).toBe(7);
    const set = need(a.do({ op: 'port_allocate', right: PORT_SET }, on).name);
    a.do({ op: 'port_move_member', member: OWN, set }, on);
    expect(a.do({ op: 'port_get_set_status', name: set }, on).names).toEqual([OWN]);
    a.do({ op: 'port_rename', old: OWN, name: OWN + 1 }, on);
    expect(a.do({ op: 'port_names' }, on).names).toEqual(b.do({ op: 'port_names' }).names);
    a.do({ op: 'port_destroy', name: OWN + 1 }, on);
    expect(b.type(OWN + 1)).toBeUndefined();
    expect(a.code({ op: 'port_destroy', name: OWN + 1 }, on)).toBe('KERN_INVALID_NAME');
  });

  test('its limits are that task’s', () => {
    const { a, b, on } = pair({ portsPerTask: 1 });
    a.port();
    expect(a.code({ op: 'port_allocate', right: RECEIVE }, on)).toBe(0);
    expect(a.code({ op: 'port_allocate', right: RECEIVE }, on)).toBe('KERN_RESOURCE_SHORTAGE');
    expect(b.do({ op: 'port_names' }).names).toHaveLength(2);
  });

  test('a right that is given is the caller’s, and so is one that comes back', () => {
    const { a, b, on } = pair();
    const [mine, theirs] = [a.port(), b.port()];
    const ask = (tag: number) => {
      const notify = { disp: MAKE_SEND_ONCE, name: mine };
      return a.do({ op: 'port_request_notification', name: theirs, variant: DEAD_NAME, sync: 0, notify, tag }, on);
    };
    expect(ask(1)).toMatchObject({ name: 0 });
    const previous = need(ask(2).name);
    expect([a.type(previous), b.type(previous)]).toEqual([TYPE.SEND_ONCE, undefined]);
    b.destroy(theirs);
    expect(a.receive(mine)).toMatchObject({ tag: 2, notification: { id: 65, name: theirs } });
    expect(a.code({ op: 'port_insert_right', name: OWN, right: { disp: MAKE_SEND, name: mine } }, on)).toBe(0);
    expect(b.type(OWN)).toBe(TYPE.SEND);
    expect(a.do({ op: 'port_extract_right', name: OWN, disp: COPY_SEND }, on).name).toBe(mine);
  });

  test('room for the right that comes back is needed at the caller', () => {
    const { a, b, on } = pair({ namesPerTask: 4 });
    const [mine, theirs] = [a.port(), b.port()];
    a.dead();
    const notify = { disp: MAKE_SEND_ONCE, name: mine };
    const ask = { op: 'port_request_notification', name: theirs, variant: DEAD_NAME, sync: 0, notify, tag: 0 } as const;
    expect(a.code(ask, on)).toBe(0);
    expect(a.code(ask, on)).toBe('KERN_NO_SPACE');
  });

  test('a name for no task is MACH_SEND_INVALID_DEST, before all else', () => {
    const { m, a, b, on } = pair();
    const port = a.port();
    const [sender, once] = [b.give(a, MAKE_SEND, b.port()), b.give(a, MAKE_SEND_ONCE, b.port())];
    for (const bad of [999, port, sender, once, a.dead(), a.set()]) {
      expect(a.code({ op: 'port_allocate', right: 99 }, bad)).toBe('MACH_SEND_INVALID_DEST');
    }
    b.end();
    expect(a.type(on)).toBe(TYPE.DEAD_NAME);
    expect(a.code({ op: 'port_names' }, on)).toBe('MACH_SEND_INVALID_DEST');
    expect(m.kernel.handle(b.id, { op: 'port_names' }, b.self).code).toBe('KERN_INVALID_TASK');
  });

  test('one’s own task port, or NULL, is oneself', () => {
    const { a } = pair();
    const port = a.port();
    for (const on of [0, a.self]) expect(a.do({ op: 'port_type', name: port }, on).value).toBe(TYPE.RECEIVE);
    expect(a.code({ op: 'serve', name: port }, a.self)).toBe(0);
  });

  test('messages are everybody’s own', () => {
    const { a, b, on } = pair();
    const inbox = b.port();
    const receive = { name: inbox, receiveId: 1, maxBytes: 9, large: false, poll: true, notify: 0 };
    const sent = { dest: { disp: MAKE_SEND, name: inbox }, reply: { disp: 0, name: 0 }, rights: [], tag: 0, bytes: 0 };
    const message = { ...sent, payload: null };
    for (const trap of [
      { op: 'receive', ...receive },
      { op: 'send', sendId: 1, message, poll: true, notify: false, cancel: 0 },
      { op: 'serve', name: inbox },
    ] as const) {
      expect(a.code(trap, on)).toBe('KERN_INVALID_ARGUMENT');
    }
    expect(b.receive(inbox)).toBeUndefined();
  });
});

describe('DESIGN 5.3: what a task serves is taken from it by nobody else', () => {
  test('only its server knows how far it has come: a port, a set and its members', () => {
    const { a, b, on } = pair();
    const [port, member] = [b.port(), b.port()];
    const set = b.set(member);
    for (const name of [port, set]) b.do({ op: 'serve', name });
    const drop = (name: number, right: number, delta: number) =>
      a.code({ op: 'port_mod_refs', name, right, delta }, on);
    for (const name of [port, member, set]) {
      expect(a.code({ op: 'port_destroy', name }, on)).toBe('KERN_FAILURE');
      expect(drop(name, name === set ? PORT_SET : RECEIVE, -1)).toBe('KERN_FAILURE');
      expect(drop(name, name === set ? PORT_SET : RECEIVE, 0)).toBe(0);
    }
    const other = b.set();
    for (const name of [port, member]) {
      expect(a.code({ op: 'port_move_member', member: name, set: other }, on)).toBe('KERN_FAILURE');
      expect(a.code({ op: 'port_extract_right', name, disp: MOVE_RECEIVE }, on)).toBe('KERN_FAILURE');
    }
    expect(a.code({ op: 'port_move_member', member, set }, on)).toBe(0);
    for (const name of [port, member]) b.do({ op: 'drained', name, taken: 0 });
    expect(a.code({ op: 'port_move_member', member, set: other }, on)).toBe(0);
    for (const name of [member, port]) expect(a.code({ op: 'port_destroy', name }, on)).toBe(0);
  });

  test('its send rights, its requests and its settings may be', () => {
    const { a, b, on } = pair();
    const port = b.port();
    b.makeSend(port);
    b.do({ op: 'serve', name: port });
    expect(a.code({ op: 'port_mod_refs', name: port, right: RIGHT.SEND, delta: -1 }, on)).toBe(0);
    expect(a.code({ op: 'port_set_qlimit', name: port, qlimit: 9 }, on)).toBe(0);
    const notify = { disp: MAKE_SEND_ONCE, name: a.port() };
    const ask = { name: port, variant: PORT_DESTROYED, sync: 0, notify, tag: 0 };
    expect(a.code({ op: 'port_request_notification', ...ask }, on)).toBe(0);
    expect(b.type(port)).toBe(TYPE.RECEIVE);
  });
});
