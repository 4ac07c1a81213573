import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import type { RightSpec } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';
import type { TestTask } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE } = DISP;
const DEAD = 0xffff_ffff;

/** `a` has a port to move and a way to send it to `b`; `c` has a send right for it. */
function trio() {
  const m = new Machine();
  const [a, b, c] = [m.task(), m.task(), m.task()];
  const inbox = b.port();
  const toB = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
  const port = a.port();
  const toPort = { disp: COPY_SEND, name: a.give(c, MAKE_SEND, port) };
  const post = (name = port) => a.send(toB, { rights: [{ disp: MOVE_RECEIVE, name }] });
  const arrive = () => need(need(b.receive(inbox)).rights[0]).name;
  return { m, a, b, c, inbox, toB, port, toPort, post, arrive };
}

const chain = (task: TestTask, ports: number[]) => {
  for (const [i, port] of ports.slice(0, -1).entries()) {
    const rights = [{ disp: MOVE_RECEIVE, name: port }];
    expect(task.send({ disp: MAKE_SEND, name: need(ports[i + 1]) }, { rights }).code).toBe(0);
  }
};

describe('mach.md §2, §4, §5: a receive right moves', () => {
  test('it arrives as 16, under a new name; the sender’s name is gone', () => {
    const { a, b, inbox, port, post } = trio();
    expect(post().code).toBe(0);
    expect(a.type(port)).toBeUndefined();
    const [right] = need(b.receive(inbox)).rights;
    expect(right?.disp).toBe(MOVE_RECEIVE);
    expect(b.type(need(right).name)).toBe(TYPE.RECEIVE);
  });

  test('the send references stay, under the same name; at the other end it joins a send right', () => {
    const { a, b, port, post, arrive } = trio();
    a.makeSend(port);
    const known = a.give(b, COPY_SEND, port);
    post();
    expect(a.type(port)).toBe(TYPE.SEND);
    expect(arrive()).toBe(known);
    expect(b.type(known)).toBe(TYPE.SEND + TYPE.RECEIVE);
  });

  test('what travels: messages, limit, requests, rights. What starts over: mscount, seqno, set', () => {
    const { a, b, c, port, toPort, post, arrive } = trio();
    const notify = a.port();
    for (const payload of [1, 2, 3]) c.send(toPort, { payload });
    a.receive(port);
    a.do({ op: 'port_set_qlimit', name: port, qlimit: 7 });
    a.watch(NOTIFY.NO_SENDERS, port, notify);
    a.watch(NOTIFY.PORT_DESTROYED, port, notify);
    const once = a.makeOnce(port);
    const set = a.set(port);
    expect(a.status(port)).toMatchObject({ mscount: 1, seqno: 1, pset: set });
    post();
    expect(a.members(set)).toEqual([]);
    const name = arrive();
    expect(b.status(name)).toEqual({
      seqno: 0,
      mscount: 0,
      qlimit: 7,
      msgcount: 2,
      sorights: 1,
      srights: true,
      pdrequest: true,
      nsrequest: true,
      pset: 0,
    });
    expect([b.receive(name), b.receive(name)].map((got) => [got?.payload, got?.seqno])).toEqual([
      [2, 0],
      [3, 1],
    ]);
    a.send({ disp: MOVE_SEND_ONCE, name: once }, { payload: 'still works' });
    expect(b.receive(name)?.payload).toBe('still works');
    c.destroy(toPort.name);
    expect(a.notifications(notify)).toEqual([{ id: NOTIFY.NO_SENDERS, mscount: 0 }]);
  });

  test('mscount is reset when it is sent, even if it never arrives', () => {
    const { a, b, inbox, toB, port } = trio();
    a.makeSend(port);
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    a.send(toB, { rights: [{ disp: MOVE_RECEIVE, name: port }] }, { poll: true });
    expect(a.status(port).mscount).toBe(0);
  });

  test('a dead-name request on a pure receive right is port-deleted; on one with send references it stays', () => {
    const { a, b, port, post, arrive } = trio();
    const notify = a.port();
    const both = a.makeSend(a.port());
    for (const name of [port, both]) a.watch(NOTIFY.DEAD_NAME, name, notify);
    post();
    post(both);
    expect(a.notifications(notify)).toEqual([{ id: NOTIFY.PORT_DELETED, name: port }]);
    expect(a.type(both)).toBe(TYPE.SEND + TYPE.DNREQUEST);
    arrive();
    b.kill(arrive());
    expect(a.notifications(notify)).toEqual([{ id: NOTIFY.DEAD_NAME, name: both }]);
  });

  test('receivers that wait on it get PORT_DIED', () => {
    const { m, a, port, post } = trio();
    a.wait(port, 4);
    post();
    expect(m.effects()).toEqual([{ type: 'received', task: a.id, receiveId: 4, code: 'MACH_RCV_PORT_DIED' }]);
  });

  test('only in the body, only by who has it, never of a set or a dead name', () => {
    const { a, toB, toPort, c, port } = trio();
    const move = (name: number) => a.send(toB, { rights: [{ disp: MOVE_RECEIVE, name }] }).code;
    expect(c.send({ disp: MOVE_RECEIVE, name: toPort.name }).code).toBe('MACH_SEND_INVALID_HEADER');
    expect(a.send(toB, { reply: { disp: MOVE_RECEIVE, name: port } }).code).toBe('MACH_SEND_INVALID_HEADER');
    for (const name of [a.self, a.makeOnce(port), a.set(), a.dead(), 999]) {
      expect(move(name)).toBe('MACH_SEND_INVALID_RIGHT');
    }
    for (const disp of Object.values(DISP).filter((kind) => kind !== DISP.MEMORY)) {
      expect(a.send(toB, { rights: [{ disp, name: a.set() }] }).code).toBe('MACH_SEND_INVALID_RIGHT');
    }
  });

  test('NULL and DEAD in its place arrive as they are', () => {
    const { a, b, inbox, toB } = trio();
    a.send(toB, { rights: [0, DEAD].map((name) => ({ disp: MOVE_RECEIVE, name })) });
    expect(b.receive(inbox)?.rights).toEqual([0, DEAD].map((name) => ({ disp: MOVE_RECEIVE, name })));
  });

  test('no room for it, by names or by ports: it is destroyed and reads NULL', () => {
    for (const limits of [{ namesPerTask: 3 }, { portsPerTask: 1 }]) {
      const m = new Machine(limits);
      const [a, b] = [m.task(), m.task()];
      const inbox = b.port();
      if ('namesPerTask' in limits) b.dead();
      const port = a.port();
      const known = 'portsPerTask' in limits ? a.give(b, MAKE_SEND, port) : 0;
      a.send({ disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) }, { rights: [{ disp: MOVE_RECEIVE, name: port }] });
      expect(b.poll(inbox)).toMatchObject({
        code: 'MACH_RCV_BODY_ERROR',
        message: { rights: [{ disp: MOVE_RECEIVE, name: 0 }] },
      });
      if (known !== 0) expect(b.type(known)).toBe(TYPE.DEAD_NAME);
    }
  });
});

describe('mach.md §7: pseudo-receive of a receive right', () => {
  test('it is back, but its counters and its set are not; the message can be sent again', () => {
    const { a, b, inbox, toB, port } = trio();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    const set = a.set(port);
    a.send({ disp: MAKE_SEND, name: port });
    const rights = [{ disp: MOVE_RECEIVE, name: port }];
    const { code, returned } = a.send(toB, { rights }, { poll: true });
    expect(code).toBe('MACH_SEND_TIMED_OUT');
    const name = need(returned?.rights[0]).name;
    expect(name).not.toBe(port);
    expect(a.members(set)).toEqual([]);
    expect(a.status(name)).toMatchObject({ mscount: 0, seqno: 0, msgcount: 1, pset: 0 });
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 1 });
    expect(a.send(need(returned).dest, { rights: need(returned).rights }).code).toBe(0);
    expect(b.receive(inbox)?.rights).toHaveLength(1);
  });

  test('with send references held it is back under the same name', () => {
    const { a, b, inbox, toB, port } = trio();
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    a.makeSend(port);
    a.send(toB, { rights: [{ disp: MOVE_RECEIVE, name: port }] }, { sendId: 70 });
    expect(a.type(port)).toBe(TYPE.SEND);
    const { returned } = a.call({ op: 'send_cancel', sendId: 70, code: 'MACH_SEND_TIMED_OUT' });
    expect(returned?.rights).toEqual([{ disp: MOVE_RECEIVE, name: port }]);
    expect(a.type(port)).toBe(TYPE.SEND + TYPE.RECEIVE);
  });
});

describe('mach.md §12: rights in transit', () => {
  test('messages sent meanwhile wait for the new owner, and the limit holds for them', () => {
    const { m, b, c, toPort, post, arrive } = trio();
    c.send(toPort, { payload: 1 });
    post();
    for (const payload of [2, 3, 4, 5]) expect(c.send(toPort, { payload }).code).toBe(0);
    expect(c.send(toPort, {}, { poll: true }).code).toBe('MACH_SEND_TIMED_OUT');
    expect(c.send(toPort, { payload: 6 }, { sendId: 60 }).code).toBe('blocked');
    const name = arrive();
    expect(m.effects()).toEqual([]);
    expect(b.receive(name)?.payload).toBe(1);
    expect(m.effects()).toEqual([{ type: 'sent', task: c.id, sendId: 60, code: 0 }]);
    expect(Array.from({ length: 5 }, () => b.receive(name)?.payload)).toEqual([2, 3, 4, 5, 6]);
  });

  test('senders blocked before it moved stay blocked, and come in at its new owner', () => {
    const { m, b, c, toPort, post, arrive } = trio();
    for (const payload of [1, 2, 3, 4, 5]) c.send(toPort, { payload });
    c.send(toPort, { payload: 6 }, { sendId: 60 });
    post();
    const name = arrive();
    expect(m.effects()).toEqual([]);
    b.do({ op: 'port_set_qlimit', name, qlimit: 6 });
    expect(m.effects()).toEqual([{ type: 'sent', task: c.id, sendId: 60, code: 0 }]);
  });

  test('notifications and replies reach a port in transit', () => {
    const { a, b, c, port, post, arrive } = trio();
    const once = a.give(c, MAKE_SEND_ONCE, port);
    post();
    c.destroy(once);
    expect(b.receive(arrive())?.notification).toEqual({ id: NOTIFY.SEND_ONCE, handled: 'maybe' });
  });

  test('the queue it is in dies: it dies, and so on', () => {
    const { a, b, inbox, c, toPort, port } = trio();
    const far = a.port();
    const toFar = a.give(c, MAKE_SEND, far);
    a.send({ disp: MAKE_SEND, name: port }, { rights: [{ disp: MOVE_RECEIVE, name: far }] });
    a.send({ disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) }, { rights: [{ disp: MOVE_RECEIVE, name: port }] });
    b.destroy(inbox);
    expect([toPort.name, toFar].map((name) => c.type(name))).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
  });

  test('what is sent by a port in transit to its own queue is found: R to R', () => {
    const { a, c, port, toPort } = trio();
    c.send(toPort, { reply: { disp: MAKE_SEND_ONCE, name: c.port() } });
    const notify = a.port();
    const rights = [{ disp: MOVE_RECEIVE, name: port }];
    expect(
      a.send({ disp: MAKE_SEND, name: port }, { rights, reply: { disp: MAKE_SEND_ONCE, name: notify } }).code,
    ).toBe(0);
    expect(a.type(port)).toBeUndefined();
    expect(c.type(toPort.name)).toBe(TYPE.DEAD_NAME);
    expect(a.notifications(notify)).toEqual([{ id: NOTIFY.SEND_ONCE, handled: 'no' }]);
  });

  test.each([2, 3, 10])('a cycle through %i queues: SUCCESS, and everything in it dies', (length) => {
    const { m, a, c } = trio();
    const ports = Array.from({ length }, () => a.port());
    const held = ports.map((port) => a.give(c, MAKE_SEND, port));
    const last = need(ports.at(-1));
    const toFirst: RightSpec = { disp: MOVE_SEND, name: a.makeSend(need(ports[0])) };
    chain(a, ports);
    expect(held.map((name) => c.type(name))).toEqual(held.map(() => TYPE.SEND));
    expect(a.send(toFirst, { rights: [{ disp: MOVE_RECEIVE, name: last }] }).code).toBe(0);
    expect(held.map((name) => c.type(name))).toEqual(held.map(() => TYPE.DEAD_NAME));
    expect(m.kernel.inspect().ports.filter((port) => port.owner === 0)).toEqual([]);
  });

  test('a full queue comes before the cycle: the message is returned', () => {
    const { a, port } = trio();
    a.do({ op: 'port_set_qlimit', name: port, qlimit: 0 });
    const send = a.send(
      { disp: MAKE_SEND, name: port },
      { rights: [{ disp: MOVE_RECEIVE, name: port }] },
      { poll: true },
    );
    expect(send.code).toBe('MACH_SEND_TIMED_OUT');
    const name = need(send.returned?.rights[0]).name;
    expect(a.type(name)).toBe(TYPE.SEND + TYPE.RECEIVE);
  });

  test('blocked, such a message waits for its sender: cancelled it is returned, with the task it dies', () => {
    const { m, a, c, port, toPort } = trio();
    a.do({ op: 'port_set_qlimit', name: port, qlimit: 0 });
    const rights = [{ disp: MOVE_RECEIVE, name: port }];
    expect(a.send({ disp: MAKE_SEND, name: port }, { rights }, { sendId: 5 }).code).toBe('blocked');
    const { returned } = a.call({ op: 'send_cancel', sendId: 5, code: 'MACH_SEND_INTERRUPTED' });
    expect(a.send(need(returned).dest, { rights: need(returned).rights }).code).toBe('blocked');
    a.end();
    expect(c.type(toPort.name)).toBe(TYPE.DEAD_NAME);
    expect(m.effects()).toEqual([]);
  });

  test('send rights make no cycle: they may wait in their own port’s queue', () => {
    const { a, c, port, toPort } = trio();
    const rights = [{ disp: MOVE_SEND, name: toPort.name }];
    expect(c.send(toPort, { rights }).code).toBe(0);
    expect(a.status(port)).toMatchObject({ srights: true, msgcount: 1 });
  });
});

describe('mach.md §3: insert_right and extract_right of a receive right', () => {
  test('insert: under a name of one’s choice, or that of one’s send right', () => {
    const { a, b, port } = trio();
    const target = b.give(a, COPY_SEND, b.self);
    const insert = (name: number, right: number) =>
      a.code({ op: 'port_insert_right', name, right: { disp: MOVE_RECEIVE, name: right } }, target);
    const second = a.port();
    const known = a.give(b, MAKE_SEND, second);
    expect(insert(0x4000_0000, port)).toBe(0);
    expect(b.type(0x4000_0000)).toBe(TYPE.RECEIVE);
    expect(insert(known, second)).toBe(0);
    expect(b.type(known)).toBe(TYPE.SEND + TYPE.RECEIVE);
  });

  test('insert refused: the right is destroyed, its port dies', () => {
    const { a, b, c, port, toPort } = trio();
    const target = b.give(a, COPY_SEND, b.self);
    a.give(b, MAKE_SEND, port);
    const right = { disp: MOVE_RECEIVE, name: port };
    expect(a.code({ op: 'port_insert_right', name: b.self, right }, target)).toBe('KERN_RIGHT_EXISTS');
    expect(a.type(port)).toBeUndefined();
    expect(c.type(toPort.name)).toBe(TYPE.DEAD_NAME);
  });

  test('into one’s own space: a way to rename it', () => {
    const { a, port } = trio();
    const right = { disp: MOVE_RECEIVE, name: port };
    expect(a.code({ op: 'port_insert_right', name: 0x4000_0000, right })).toBe(0);
    expect(a.type(port)).toBeUndefined();
    expect(a.status(0x4000_0000)).toMatchObject({ mscount: 0, srights: true });
  });

  test('extract: out of another task; a served port only once it is drained', () => {
    const { a, b, c, port, toPort } = trio();
    const target = a.give(b, COPY_SEND, a.self);
    const extract = () => b.call({ op: 'port_extract_right', name: port, disp: MOVE_RECEIVE }, target);
    a.do({ op: 'serve', name: port });
    c.send(toPort, { payload: 1 });
    expect(extract().code).toBe('KERN_FAILURE');
    a.do({ op: 'drained', name: port, taken: 0 });
    const { code, disp, name } = extract();
    expect([code, disp]).toEqual([0, MOVE_RECEIVE]);
    expect(b.receive(need(name))?.payload).toBe(1);
    expect(a.type(port)).toBeUndefined();
  });

  test('the limit of ports holds for both', () => {
    const m = new Machine({ portsPerTask: 1 });
    const [a, b] = [m.task(), m.task()];
    const port = a.port();
    b.port();
    const toA = a.give(b, COPY_SEND, a.self);
    const toB = b.give(a, COPY_SEND, b.self);
    const right = { disp: MOVE_RECEIVE, name: port };
    expect(b.code({ op: 'port_extract_right', ...right }, toA)).toBe('KERN_RESOURCE_SHORTAGE');
    expect(a.type(port)).toBe(TYPE.RECEIVE);
    expect(a.code({ op: 'port_insert_right', name: 0x4000_0000, right }, toB)).toBe('KERN_RESOURCE_SHORTAGE');
    expect(a.type(port)).toBeUndefined();
    expect(a.refs(a.port(), RIGHT.RECEIVE)).toBe(1);
  });
});
