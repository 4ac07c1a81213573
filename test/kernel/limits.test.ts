import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY } from '../../src/kernel/index.ts';
import type { TaskSnapshot } from '../../src/kernel/inspect.ts';
import { Machine, need, pair, type TestTask } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE, MOVE_SEND_ONCE } = DISP;

const BIG = 2000;

describe('limits: bytes of replies', () => {
  test('are charged to who made the right; what is too much is dropped, its rights with it, and told', () => {
    const { m, a, b, inbox, dest } = pair({ replyBytesPerTask: 2 * BIG });
    const reply = a.port();
    const carried = b.port();
    b.makeSend(carried);
    b.watch(NOTIFY.NO_SENDERS, carried, inbox);
    const answer = (tag: number, bytes: number): number => {
      a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply }, tag });
      const name = need(b.receive(inbox)?.remote.name);
      const rights = bytes === BIG ? [] : [{ disp: MAKE_SEND, name: carried }];
      expect(b.send({ disp: MOVE_SEND_ONCE, name }, { bytes, charge: BIG, rights }).code).toBe(0);
      return of(m, a).replyBytes;
    };
    expect([answer(1, BIG), answer(2, BIG)]).toEqual([BIG, 2 * BIG]);
    expect(answer(3, BIG + 1)).toBe(2 * BIG);
    expect(answer(4, 1024)).toBe(3 * BIG);
    expect(of(m, b)).toMatchObject({ replyBytes: 0, queuedBytes: 0 });
    expect([a.receive(reply)?.tag, a.receive(reply)?.tag]).toEqual([1, 2]);
    const dropped = { id: NOTIFY.SEND_ONCE, handled: 'maybe', dropped: BIG + 1 };
    expect(a.receive(reply)).toMatchObject({ tag: 3, notification: dropped });
    expect(a.receive(reply)?.rights).toHaveLength(1);
    expect(of(m, a)).toMatchObject({ replyBytes: 0, pendingCalls: 0 });
    expect(answer(5, BIG)).toBe(BIG);
  });

  test('a task cannot get round its limit of queued bytes with send-once rights to itself, wherever their port goes', () => {
    const { m, a, b, dest } = pair({ replyBytesPerTask: 3 * BIG });
    const port = a.port();
    const held = Array.from({ length: 5 }, () => a.makeOnce(port));
    a.send(dest, { rights: [{ disp: MOVE_RECEIVE, name: port }] });
    for (const name of held) a.send({ disp: MOVE_SEND_ONCE, name }, { bytes: BIG });
    expect(of(m, a).replyBytes).toBe(3 * BIG);
    expect(of(m, b).replyBytes).toBe(0);
    b.end();
    expect(of(m, a)).toMatchObject({ replyBytes: 0, requests: 0 });
  });
});

describe('limits: send-once rights for notifications, or made by hand', () => {
  test('one more than requestsPerTask is refused; each that was received makes room', () => {
    const m = new Machine({ requestsPerTask: 3 });
    const [a, b] = [m.task(), m.task()];
    const [port, other] = [a.port(), a.port()];
    // Fires at once: nobody has a send right.
    for (let i = 0; i < 2; i += 1) expect(a.watch(NOTIFY.NO_SENDERS, port, port).code).toBe(0);
    expect(a.watch(NOTIFY.PORT_DESTROYED, other, port).code).toBe(0);
    expect(a.watch(NOTIFY.NO_SENDERS, port, port).code).toBe('KERN_RESOURCE_SHORTAGE');
    const right = { disp: MAKE_SEND_ONCE, name: port };
    expect(a.code({ op: 'port_insert_right', name: 77, right })).toBe('KERN_RESOURCE_SHORTAGE');
    expect(m.kernel.grant(a.id, right, b.id).code).toBe('KERN_RESOURCE_SHORTAGE');
    expect(of(m, a).requests).toBe(3);
    // What needs none is not refused.
    const cancel = { op: 'port_request_notification', name: other, variant: NOTIFY.PORT_DESTROYED, sync: 0 } as const;
    const previous = need(a.do({ ...cancel, notify: { disp: MOVE_SEND_ONCE, name: 0 }, tag: 0 }).name);
    a.do({ op: 'port_deallocate', name: previous });
    expect(a.notifications(port)).toHaveLength(3);
    expect(of(m, a).requests).toBe(0);
    expect(a.watch(NOTIFY.NO_SENDERS, port, port).code).toBe(0);
    a.destroy(port);
    expect(of(m, a).requests).toBe(0);
  });

  test('a receive that asks for one on its reply right is refused', () => {
    const { m, a, b, inbox, dest } = pair({ requestsPerTask: 1 });
    const notify = b.port();
    for (let i = 0; i < 2; i += 1) a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: a.port() } });
    expect(b.poll(inbox, { notify }).code).toBe(0);
    expect(of(m, b).requests).toBe(1);
    expect(b.poll(inbox, { notify }).code).toBe('KERN_RESOURCE_SHORTAGE');
    expect(b.poll(inbox).code).toBe(0);
  });

  test('a receive that has waited since there was room gets its message without one', () => {
    const { m, a, b, inbox, dest } = pair({ requestsPerTask: 1 });
    const notify = b.port();
    for (const id of [101, 102]) b.wait(inbox, id, { notify });
    for (let i = 0; i < 2; i += 1) a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: a.port() } });
    expect(m.effects()).toMatchObject([
      { receiveId: 101, code: 0 },
      { receiveId: 102, code: 0 },
    ]);
    expect(of(m, b).requests).toBe(1);
  });
});

test('limits: receives that wait', () => {
  const { m, a, b, inbox, dest } = pair({ waitingReceives: 2 });
  expect([b.wait(inbox, 101).code, b.wait(inbox, 102).code]).toEqual(['waiting', 'waiting']);
  expect(b.wait(inbox, 103).code).toBe('KERN_RESOURCE_SHORTAGE');
  expect(b.poll(inbox).code).toBe('MACH_RCV_TIMED_OUT');
  a.send(dest);
  expect(m.effects()).toMatchObject([{ type: 'received', receiveId: 101 }]);
  expect(b.wait(inbox, 103).code).toBe('waiting');
  expect(of(m, b).waiting).toBe(2);
});

test('limits: bytes delivered ahead of what is taken; one message always is', () => {
  const { m, a, b, inbox, dest } = pair({ deliveryWindow: 4, deliveryWindowBytes: 100 });
  b.do({ op: 'serve', name: inbox });
  b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 9 });
  for (const bytes of [500, 10, 60, 50, 1]) a.send(dest, { bytes, payload: bytes });
  const delivered = (): unknown[] => m.delivered().map(({ payload }) => payload);
  // Small ones (those of which a window full has no more than its bytes) are not held up behind a big one.
  expect(delivered()).toEqual([500, 10]);
  b.do({ op: 'taken', name: inbox, count: 1 });
  expect(delivered()).toEqual([60]);
  b.do({ op: 'taken', name: inbox, count: 1 });
  expect(delivered()).toEqual([]);
  b.do({ op: 'taken', name: inbox, count: 1 });
  expect(delivered()).toEqual([50, 1]);
});

describe('limits: bytes on the link', () => {
  test('what a task does not read stays queued, at its sender’s charge, until the host has caught up', () => {
    const { m, a, b, inbox, dest } = pair({ linkBytes: 100, deliveryWindow: 64 });
    const second = b.port();
    const toSecond = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, second) };
    b.do({ op: 'serve', name: inbox });
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 9 });
    const payloads = (): unknown[] => m.delivered().map(({ payload }) => payload);
    for (const payload of [1, 2, 3, 4]) a.send(dest, { bytes: 60, payload });
    expect(payloads()).toEqual([1, 2]);
    b.do({ op: 'taken', name: inbox, count: 2 });
    expect(payloads()).toEqual([]);
    expect(of(m, a).queuedBytes).toBe(120);
    // A receive that waits is given nothing either; one that asks is its own fault.
    b.wait(second, 7);
    a.send(toSecond, { bytes: 60, payload: 5 });
    a.send(toSecond, { bytes: 60, payload: 6 });
    expect(m.effects()).toEqual([]);
    m.kernel.caughtUp(b.id);
    expect(m.effects()).toMatchObject([
      { type: 'deliver', message: { payload: 3 } },
      { type: 'deliver', message: { payload: 4 } },
    ]);
    m.kernel.caughtUp(b.id);
    expect(m.effects()).toMatchObject([{ type: 'received', receiveId: 7, message: { payload: 5 } }]);
    expect(b.receive(second)?.payload).toBe(6);
    m.kernel.caughtUp(b.id);
    expect(m.effects()).toEqual([]);
  });

  test('a port that goes elsewhere meanwhile takes its messages along', () => {
    const { m, a, b, inbox, dest } = pair({ linkBytes: 10 });
    b.do({ op: 'serve', name: inbox });
    for (const payload of [1, 2]) a.send(dest, { bytes: 60, payload });
    expect(m.delivered()).toHaveLength(1);
    b.do({ op: 'taken', name: inbox, count: 1 });
    const moved = b.give(b, MAKE_SEND, inbox);
    expect(moved).toBe(inbox);
    b.do({ op: 'drained', name: inbox, taken: 0 });
    const there = b.give(a, MOVE_RECEIVE, inbox);
    m.kernel.caughtUp(b.id);
    expect(m.effects()).toEqual([]);
    expect(a.receive(there)?.payload).toBe(2);
    b.end();
    m.kernel.caughtUp(b.id);
    expect(m.effects()).toEqual([]);
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
    expect(b.send({ disp: MAKE_SEND_ONCE, name: inbox }, { bytes: 1000 }).code).toBe(0);
    expect(charged()).toBe(100);
    b.receive(inbox);
    expect(charged()).toBe(0);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    a.send(dest, { bytes: 60 }, { poll: true });
    expect(charged()).toBe(0);
    a.send(dest, { bytes: 60 }, { sendId: 77 });
    expect(a.send(dest, { bytes: 1000 }, { sendId: 77 }).code).toBe('KERN_INVALID_ARGUMENT');
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
    const none = [0, 0xffff_ffff].map((name) => ({ disp: MAKE_SEND_ONCE, name }));
    expect(a.send(dest, { reply: need(none[0]), rights: none }).code).toBe(0);
    b.send(need(b.receive(inbox)).remote);
    a.receive(port);
    expect(ask()).toBe(0);
  });
});

function of(m: Machine, { id }: TestTask): TaskSnapshot {
  return need(m.kernel.inspect().tasks.find(({ task }) => task === id));
}
