import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need, pair } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;

function watching() {
  const two = pair();
  return { ...two, notify: two.a.port() };
}

describe('mach.md §11: death of a port', () => {
  test('queued messages are destroyed with all they carry', () => {
    const { a, b, inbox, dest, notify } = watching();
    const other = a.port();
    a.watch(NOTIFY.NO_SENDERS, other, notify, { sync: 1 });
    const rights = [
      { disp: MAKE_SEND, name: other },
      { disp: MAKE_SEND_ONCE, name: notify },
    ];
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: notify }, tag: 6, rights });
    b.destroy(inbox);
    const found = [a.receive(notify), a.receive(notify), a.receive(notify)];
    expect(found.map((message) => [message?.tag, message?.notification])).toEqual([
      [6, { id: NOTIFY.SEND_ONCE, handled: 'no' }],
      [0, { id: NOTIFY.NO_SENDERS, mscount: 1 }],
      [0, { id: NOTIFY.SEND_ONCE, handled: 'no' }],
    ]);
    expect(a.status(notify).sorights).toBe(0);
  });

  test('the registered no-senders right gets a send-once notification', () => {
    const { b, inbox } = watching();
    const bNotify = b.port();
    b.watch(NOTIFY.NO_SENDERS, inbox, bNotify, { tag: 2 });
    b.do({ op: 'port_mod_refs', name: inbox, right: RIGHT.RECEIVE, delta: -1 });
    expect(b.receive(bNotify)).toMatchObject({ tag: 2, notification: { id: NOTIFY.SEND_ONCE, handled: 'maybe' } });
  });

  test('destroy on send and receive drops the send right first: no-senders, then port-deleted', () => {
    const { b } = watching();
    const [port, bNotify] = [b.port(), b.port()];
    b.makeSend(port);
    b.watch(NOTIFY.NO_SENDERS, port, bNotify);
    b.watch(NOTIFY.DEAD_NAME, port, bNotify);
    b.destroy(port);
    expect(b.notifications(bNotify)).toEqual([
      { id: NOTIFY.NO_SENDERS, mscount: 1 },
      { id: NOTIFY.PORT_DELETED, name: port },
    ]);
    expect(b.type(port)).toBeUndefined();
  });

  test('mod_refs(RECEIVE, -1) on send and receive leaves a dead name with the send references', () => {
    const { b } = watching();
    const [port, bNotify] = [b.port(), b.port()];
    b.makeSend(port);
    b.makeSend(port);
    b.watch(NOTIFY.NO_SENDERS, port, bNotify);
    b.watch(NOTIFY.DEAD_NAME, port, bNotify);
    b.do({ op: 'port_mod_refs', name: port, right: RIGHT.RECEIVE, delta: -1 });
    expect(b.refs(port, RIGHT.DEAD_NAME)).toBe(3);
    expect(b.notifications(bNotify)).toEqual([
      { id: NOTIFY.SEND_ONCE, handled: 'maybe' },
      { id: NOTIFY.DEAD_NAME, name: port },
    ]);
  });

  test('dead-name notifications go out last, in the order of the requests', () => {
    const { a, b, inbox, to, dest, notify } = watching();
    const once = b.give(a, MAKE_SEND_ONCE, inbox);
    a.watch(NOTIFY.DEAD_NAME, once, notify);
    a.watch(NOTIFY.DEAD_NAME, to, notify);
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: notify } });
    b.destroy(inbox);
    expect(a.notifications(notify)).toEqual([
      { id: NOTIFY.SEND_ONCE, handled: 'no' },
      { id: NOTIFY.DEAD_NAME, name: once },
      { id: NOTIFY.DEAD_NAME, name: to },
    ]);
  });

  test('a dead name is no right to anything', () => {
    const { a, b, inbox, to, dest } = watching();
    b.destroy(inbox);
    expect(a.send(dest).code).toBe('MACH_SEND_INVALID_DEST');
    expect(a.code({ op: 'port_mod_refs', name: to, right: RIGHT.SEND, delta: 0 })).toBe('KERN_INVALID_RIGHT');
    a.do({ op: 'port_deallocate', name: to });
    expect(a.type(to)).toBeUndefined();
  });
});

describe('mach.md §14: death of a task', () => {
  test('calls of the dead are INVALID_TASK, as are those of the unborn', () => {
    const { m, b } = watching();
    b.end();
    b.end();
    expect(b.code({ op: 'port_names' })).toBe('KERN_INVALID_TASK');
    expect(m.kernel.handle(999, { op: 'port_names' })).toEqual({ code: 'KERN_INVALID_TASK' });
  });

  test('each right ends as by destroy', () => {
    const { a, b, to, notify } = watching();
    const toNotify = a.give(b, MAKE_SEND, notify);
    a.watch(NOTIFY.NO_SENDERS, notify, notify, { sync: 5 });
    a.give(b, MAKE_SEND_ONCE, notify);
    b.do({
      op: 'port_request_notification',
      name: toNotify,
      variant: NOTIFY.DEAD_NAME,
      sync: 0,
      notify: { disp: MOVE_SEND_ONCE, name: a.give(b, MAKE_SEND_ONCE, notify) },
      tag: 0,
    });
    a.watch(NOTIFY.DEAD_NAME, to, notify);
    b.end();
    const ids = a.notifications(notify).map((note) => note?.id);
    const expected = [NOTIFY.NO_SENDERS, NOTIFY.PORT_DELETED, NOTIFY.SEND_ONCE, NOTIFY.DEAD_NAME];
    expect(ids).toHaveLength(expected.length);
    expect(ids).toEqual(expect.arrayContaining(expected));
    expect(a.type(to)).toBe(TYPE.DEAD_NAME);
  });

  test('its task port dies: watchers get dead-name', () => {
    const { a, b, notify } = watching();
    const child = b.give(a, COPY_SEND, b.self);
    a.watch(NOTIFY.DEAD_NAME, child, notify);
    b.end();
    expect(a.notifications(notify)).toEqual([{ id: NOTIFY.DEAD_NAME, name: child }]);
  });

  test('what it queued elsewhere stays; what it was blocked in does not happen', () => {
    const { m, a, b, inbox, dest } = watching();
    for (let payload = 1; payload <= 5; payload += 1) a.send(dest, { payload });
    const bNotify = b.port();
    const toB = b.give(a, MAKE_SEND_ONCE, bNotify);
    a.send(dest, { payload: 'blocked', rights: [{ disp: MOVE_SEND_ONCE, name: toB }] }, { sendId: 6 });
    a.end();
    expect(m.effects()).toEqual([]);
    expect(Array.from({ length: 6 }, () => b.receive(inbox)?.payload)).toEqual([1, 2, 3, 4, 5, undefined]);
    expect(b.notifications(bNotify)).toEqual([{ id: NOTIFY.SEND_ONCE, handled: 'maybe' }]);
    expect(b.status(inbox).srights).toBe(false);
  });

  test('nothing is told to it any more', () => {
    const { m, a, b, inbox, dest } = watching();
    b.do({ op: 'serve', name: inbox });
    b.wait(b.port(), 1);
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: a.port() } });
    m.effects();
    b.end();
    expect(m.effects().filter((effect) => 'task' in effect && effect.task === b.id)).toEqual([]);
  });

  test('the server dies: handled no for what is queued, maybe for what was delivered', () => {
    const m = new Machine({ deliveryWindow: 1 });
    const [a, b] = [m.task(), m.task()];
    const inbox = b.port();
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    const reply = a.port();
    b.do({ op: 'serve', name: inbox });
    for (const tag of [1, 2]) a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply }, tag });
    b.end();
    const ends = [a.receive(reply), a.receive(reply)].map((message) => [message?.tag, message?.notification]);
    expect(new Map(ends as [number, unknown][])).toEqual(
      new Map([
        [1, { id: NOTIFY.SEND_ONCE, handled: 'maybe' }],
        [2, { id: NOTIFY.SEND_ONCE, handled: 'no' }],
      ]),
    );
  });

  test('a request that a server had and passed on is maybe, wherever it ends', () => {
    const { m, a, b, inbox, dest, notify } = watching();
    const worker = m.task();
    const jobs = worker.port();
    const toWorker = worker.give(b, MAKE_SEND, jobs);
    a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: notify } });
    const { remote } = need(b.receive(inbox));
    b.send({ disp: COPY_SEND, name: toWorker }, { reply: remote });
    worker.end();
    expect(a.notifications(notify)).toEqual([{ id: NOTIFY.SEND_ONCE, handled: 'maybe' }]);
  });

  test('the last task leaves nothing behind', () => {
    const { m, a, b, dest } = watching();
    a.send(dest, { rights: [{ disp: MOVE_SEND, name: a.makeSend(a.port()) }] });
    a.end();
    b.end();
    expect(m.kernel.inspect()).toEqual({ tasks: [], ports: [] });
  });

  test('there are at most limits.tasks of them', () => {
    const m = new Machine({ tasks: 1 });
    const a = m.task();
    expect(m.kernel.createTask()).toEqual({ code: 'KERN_RESOURCE_SHORTAGE' });
    a.end();
    expect(m.kernel.createTask()).toMatchObject({ task: 2 });
  });
});
