import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE, MOVE_SEND } = DISP;
const { DEAD_NAME, PORT_DELETED, SEND_ONCE, SEND_POSSIBLE } = NOTIFY;

/** `a` can send to a port of `b` that holds one message. */
function narrow() {
  const m = new Machine();
  const [a, b] = [m.task(), m.task()];
  const [notes, inbox] = [a.port(), b.port()];
  const to = b.give(a, MAKE_SEND, inbox);
  b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
  const dest = { disp: COPY_SEND, name: to };
  const send = (how: { poll?: boolean; notify?: boolean } = {}) =>
    a.send(dest, { payload: 'x' }, { poll: true, ...how });
  return { m, a, b, notes, inbox, to, dest, send };
}

const FIRED = (name: number) => ({ id: SEND_POSSIBLE, name });

describe('mach.md §10: send-possible', () => {
  test('sync: fires at once if the queue is not full, and leaves no request', () => {
    const { a, to, notes } = narrow();
    expect(a.watch(SEND_POSSIBLE, to, notes, { sync: 1 })).toEqual({ code: 0, disp: 18, name: 0 });
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
    expect(a.type(to)).toBe(TYPE.SEND);
  });

  test('sync: at once for a send-once right and for a task port, which are never full', () => {
    const { a, b, inbox, notes, send } = narrow();
    send();
    const once = b.give(a, MAKE_SEND_ONCE, inbox);
    a.watch(SEND_POSSIBLE, once, notes, { sync: 1 });
    a.watch(SEND_POSSIBLE, a.self, notes, { sync: 1 });
    expect(a.notifications(notes)).toEqual([FIRED(once), FIRED(a.self)]);
  });

  test('sync on a full queue: armed, fires when a message is received, once', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1, tag: 3 });
    expect(a.type(to)).toBe(TYPE.SEND + TYPE.DNREQUEST);
    expect(a.receive(notes)).toBeUndefined();
    b.receive(inbox);
    expect(a.receive(notes)).toMatchObject({ tag: 3, notification: FIRED(to) });
    expect(a.type(to)).toBe(TYPE.SEND);
    send();
    b.receive(inbox);
    expect(a.receive(notes)).toBeUndefined();
  });

  test('without sync: armed by the send that finds the queue full and asks for it', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    a.watch(SEND_POSSIBLE, to, notes);
    expect(send({ notify: true }).code).toBe(0);
    b.receive(inbox);
    expect(a.receive(notes)).toBeUndefined();
    send();
    expect(send().code).toBe('MACH_SEND_TIMED_OUT');
    b.receive(inbox);
    expect(a.receive(notes)).toBeUndefined();
    send();
    expect(send({ notify: true }).code).toBe('MACH_SEND_TIMED_OUT');
    b.receive(inbox);
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('a send that waits arms it too; one without a request arms nothing', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    send({ notify: true });
    a.watch(SEND_POSSIBLE, to, notes);
    expect(send({ notify: true, poll: false }).code).toBe('blocked');
    b.receive(inbox);
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
    expect(b.receive(inbox)?.payload).toBe('x');
  });

  test('every armed request on the port fires, in the order they were armed; a pending one does not', () => {
    const { m, a, b, inbox, to, notes, send } = narrow();
    const tasks = [m.task(), m.task()];
    const names = tasks.map((task) => b.give(task, MAKE_SEND, inbox));
    const ports = tasks.map((task) => task.port());
    send();
    for (const [i, task] of tasks.entries()) {
      task.watch(SEND_POSSIBLE, need(names[i]), need(ports[i]), { sync: i });
    }
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    b.receive(inbox);
    expect(tasks.map((task, i) => task.notifications(need(ports[i])).length)).toEqual([0, 1]);
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('a refused message has been received too; one kept with large has not', () => {
    const { a, b, inbox, to, dest, notes } = narrow();
    a.send(dest, { bytes: 50 });
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    b.poll(inbox, { maxBytes: 1, large: true });
    expect(a.receive(notes)).toBeUndefined();
    b.poll(inbox, { maxBytes: 1 });
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('of a served port, a message counts as received when it is taken', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    b.do({ op: 'serve', name: inbox });
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    expect(a.receive(notes)).toBeUndefined();
    b.do({ op: 'taken', name: inbox, count: 1 });
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('a send that waited comes in before anybody is told', () => {
    const { b, inbox, send } = narrow();
    send();
    send({ poll: false });
    b.makeSend(inbox);
    b.watch(SEND_POSSIBLE, inbox, inbox, { sync: 1 });
    b.receive(inbox);
    expect([b.receive(inbox)?.payload, b.receive(inbox)?.notification]).toEqual(['x', FIRED(inbox)]);
  });

  test('a higher limit makes room without a message received, so it fires', () => {
    const { a, b, inbox, to, notes } = narrow();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    expect(a.receive(notes)).toBeUndefined();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('nobody is told of a place that a send which waited takes', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    send({ poll: false });
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 2 });
    expect(a.receive(notes)).toBeUndefined();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 3 });
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('the request travels with the port', () => {
    const { m, a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    const c = m.task();
    const moved = need(m.kernel.grant(b.id, { disp: MOVE_RECEIVE, name: inbox }, c.id).name);
    c.receive(moved);
    expect(a.notifications(notes)).toEqual([FIRED(to)]);
  });

  test('a renamed right is told by its new name', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    a.do({ op: 'port_rename', old: to, name: 0x4000_0000 });
    b.receive(inbox);
    expect(a.notifications(notes)).toEqual([FIRED(0x4000_0000)]);
  });
});

describe('mach.md §10: send-possible implies dead-name', () => {
  test('the port dies: dead-name, with its extra reference', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    b.kill(inbox);
    expect(a.notifications(notes)).toEqual([{ id: DEAD_NAME, name: to }]);
    expect(a.refs(to, RIGHT.DEAD_NAME)).toBe(2);
  });

  test('the name ends: port-deleted, and nothing more', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    a.do({ op: 'port_deallocate', name: to });
    b.receive(inbox);
    expect(a.notifications(notes)).toEqual([{ id: PORT_DELETED, name: to }]);
  });

  test('on a dead name: as dead-name', () => {
    const { a, notes } = narrow();
    const dead = a.dead();
    expect(a.watch(SEND_POSSIBLE, dead, notes).code).toBe('KERN_INVALID_ARGUMENT');
    expect(a.watch(SEND_POSSIBLE, dead, notes, { sync: 1 }).code).toBe(0);
    expect(a.notifications(notes)).toEqual([
      { id: SEND_ONCE, handled: 'maybe' },
      { id: DEAD_NAME, name: dead },
    ]);
    expect(a.refs(dead, RIGHT.DEAD_NAME)).toBe(2);
  });

  test('they have one slot: each replaces the other, and the previous right comes back', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1, tag: 1 });
    const { name } = a.watch(DEAD_NAME, to, notes, { tag: 2 });
    expect(a.type(need(name))).toBe(TYPE.SEND_ONCE);
    b.receive(inbox);
    expect(a.receive(notes)).toBeUndefined();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1, tag: 3 });
    expect(a.receive(notes)).toMatchObject({ tag: 3, notification: FIRED(to) });
    expect(a.type(to)).toBe(TYPE.SEND);
  });

  test('cancelled it fires no more', () => {
    const { a, b, inbox, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes, { sync: 1 });
    const notify = { disp: MAKE_SEND_ONCE, name: 0 };
    a.do({ op: 'port_request_notification', name: to, variant: SEND_POSSIBLE, sync: 0, notify, tag: 0 });
    b.receive(inbox);
    expect(a.receive(notes)).toBeUndefined();
    expect(a.type(to)).toBe(TYPE.SEND);
  });

  test('a last reference that is sent with the flag has no name left to arm', () => {
    const { a, to, notes, send } = narrow();
    send();
    a.watch(SEND_POSSIBLE, to, notes);
    const { code, returned } = a.send({ disp: MOVE_SEND, name: to }, {}, { poll: true, notify: true });
    expect(code).toBe('MACH_SEND_TIMED_OUT');
    expect(a.notifications(notes)).toEqual([{ id: PORT_DELETED, name: to }]);
    expect(a.type(need(returned).dest.name)).toBe(TYPE.SEND);
  });
});
