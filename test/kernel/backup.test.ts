import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';
import type { TestTask } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE, MOVE_SEND_ONCE } = DISP;
const { DEAD_NAME, NO_SENDERS, PORT_DELETED, PORT_DESTROYED, SEND_ONCE } = NOTIFY;

/** `server` has `inbox`, which `client` can send to and which goes to `keeper` when it dies. */
function kept() {
  const m = new Machine({ deliveryWindow: 2 });
  const [keeper, server, client] = [m.task(), m.task(), m.task()];
  const [backup, inbox, notes] = [keeper.port(), server.port(), client.port()];
  const toInbox = { disp: COPY_SEND, name: server.give(client, MAKE_SEND, inbox) };
  keep(keeper, backup, server, inbox);
  const rescued = () => need(keeper.receive(backup)?.rights[0]).name;
  return { m, keeper, server, client, backup, inbox, notes, toInbox, rescued };
}

/** Registers `backup` of `keeper` for the port of `owner`. */
function keep(keeper: TestTask, backup: number, owner: TestTask, name: number): void {
  const notify = { disp: MOVE_SEND_ONCE, name: keeper.give(owner, MAKE_SEND_ONCE, backup) };
  owner.do({ op: 'port_request_notification', name, variant: PORT_DESTROYED, sync: 0, notify, tag: 0 });
}

describe('mach.md §10: port-destroyed', () => {
  test('checks: sync, name, right; a swap that answers the previous right', () => {
    const { server, inbox, client, toInbox, notes } = kept();
    expect(server.watch(PORT_DESTROYED, 999, inbox, { sync: 1 }).code).toBe('KERN_INVALID_VALUE');
    expect(server.watch(PORT_DESTROYED, 999, inbox).code).toBe('KERN_INVALID_NAME');
    expect(client.watch(PORT_DESTROYED, toInbox.name, notes).code).toBe('KERN_INVALID_RIGHT');
    expect(server.status(inbox).pdrequest).toBe(true);
    const notify = { disp: MAKE_SEND_ONCE, name: 0 };
    const cancel = {
      op: 'port_request_notification',
      name: inbox,
      variant: PORT_DESTROYED,
      sync: 0,
      notify,
      tag: 0,
    } as const;
    const { name } = server.do(cancel);
    expect(server.type(need(name))).toBe(TYPE.SEND_ONCE);
    expect(server.status(inbox).pdrequest).toBe(false);
    server.kill(inbox);
    expect(client.type(toInbox.name)).toBe(TYPE.DEAD_NAME);
  });

  test('the receive right comes in a message, as right 0 of kind 16', () => {
    const { keeper, server, backup, inbox } = kept();
    server.kill(inbox);
    const message = need(keeper.receive(backup));
    expect(message).toMatchObject({
      local: { disp: MOVE_SEND_ONCE, name: backup },
      remote: { disp: 0, name: 0 },
      notification: { id: PORT_DESTROYED },
      payload: null,
      rights: [{ disp: MOVE_RECEIVE }],
    });
    expect(keeper.type(need(message.rights[0]).name)).toBe(TYPE.RECEIVE);
    expect(keeper.status(backup)).toMatchObject({ sorights: 0, msgcount: 0 });
  });

  test('queue, limit, senders, blocked senders and the no-senders request are intact; counters and set are not', () => {
    const { m, keeper, server, client, inbox, toInbox, notes, rescued } = kept();
    client.send(toInbox, { payload: 0 });
    server.receive(inbox);
    server.do({ op: 'port_set_qlimit', name: inbox, qlimit: 2 });
    for (const payload of [1, 2]) client.send(toInbox, { payload });
    client.send(toInbox, { payload: 3 }, { sendId: 30 });
    const notify = { disp: MOVE_SEND_ONCE, name: client.give(server, MAKE_SEND_ONCE, notes) };
    server.do({ op: 'port_request_notification', name: inbox, variant: NO_SENDERS, sync: 0, notify, tag: 0 });
    server.set(inbox);
    server.destroy(inbox);
    expect(m.effects()).toEqual([]);
    const name = rescued();
    expect(keeper.status(name)).toEqual({
      seqno: 0,
      mscount: 0,
      qlimit: 2,
      msgcount: 2,
      sorights: 0,
      srights: true,
      pdrequest: false,
      nsrequest: true,
      pset: 0,
    });
    expect([1, 2, 3].map(() => keeper.receive(name)?.payload)).toEqual([1, 2, 3]);
    client.destroy(toInbox.name);
    expect(client.notifications(notes)).toEqual([{ id: NO_SENDERS, mscount: 0 }]);
  });

  test('receivers that wait on it get PORT_DIED; nobody gets a dead name', () => {
    const { m, server, client, inbox, toInbox, notes } = kept();
    client.watch(DEAD_NAME, toInbox.name, notes);
    server.wait(inbox, 1);
    server.kill(inbox);
    expect(m.effects()).toEqual([{ type: 'received', task: server.id, receiveId: 1, code: 'MACH_RCV_PORT_DIED' }]);
    expect(client.notifications(notes)).toEqual([]);
    expect(client.type(toInbox.name)).toBe(TYPE.SEND + TYPE.DNREQUEST);
  });

  /** Every way for a receive right to end. */
  const WAYS: Record<string, (s: ReturnType<typeof kept>) => unknown> = {
    mod_refs: ({ server, inbox }) => server.kill(inbox),
    destroy: ({ server, inbox }) => server.destroy(inbox),
    'task death': ({ server }) => server.end(),
    'destruction of the message that carries it': ({ server, keeper, inbox }) => {
      const other = keeper.port();
      const to = { disp: COPY_SEND, name: keeper.give(server, MAKE_SEND, other) };
      server.send(to, { rights: [{ disp: MOVE_RECEIVE, name: inbox }] });
      keeper.destroy(other);
    },
    'a refused send': ({ server, inbox }) => {
      const to = { disp: MAKE_SEND, name: server.port() };
      const rights = [inbox, 999].map((name) => ({ disp: MOVE_RECEIVE, name }));
      expect(server.send(to, { rights }).code).toBe('MACH_SEND_INVALID_RIGHT');
    },
    'a refused insert_right': ({ server, inbox }) => {
      const right = { disp: MOVE_RECEIVE, name: inbox };
      expect(server.code({ op: 'port_insert_right', name: server.self, right })).toBe('KERN_NAME_EXISTS');
    },
    'death of the task whose blocked message carries it': ({ server, keeper, inbox }) => {
      const other = keeper.port();
      keeper.do({ op: 'port_set_qlimit', name: other, qlimit: 0 });
      const to = { disp: COPY_SEND, name: keeper.give(server, MAKE_SEND, other) };
      server.send(to, { rights: [{ disp: MOVE_RECEIVE, name: inbox }] });
      server.end();
    },
  };

  test.each(Object.entries(WAYS))('applies to every way of dying: %s', (_way, act) => {
    const s = kept();
    s.client.send(s.toInbox, { payload: 'waits' });
    act(s);
    expect(s.keeper.receive(s.rescued())?.payload).toBe('waits');
    expect(s.client.send(s.toInbox).code).toBe(0);
  });

  test('mod_refs with send references left: they stay a live send right, and its dead-name request with it', () => {
    const { keeper, server, inbox, rescued } = kept();
    const notify = server.port();
    server.makeSend(inbox);
    server.makeSend(inbox);
    server.watch(DEAD_NAME, inbox, notify);
    server.kill(inbox);
    expect(server.type(inbox)).toBe(TYPE.SEND + TYPE.DNREQUEST);
    expect(server.refs(inbox, RIGHT.SEND)).toBe(2);
    expect(server.send({ disp: COPY_SEND, name: inbox }, { payload: 'mine' }).code).toBe(0);
    const name = rescued();
    expect(keeper.receive(name)?.payload).toBe('mine');
    keeper.kill(name);
    expect(server.notifications(notify)).toEqual([{ id: DEAD_NAME, name: inbox }]);
  });

  test('destroy with send references: the last sender may be gone, and a request on the name is port-deleted', () => {
    const { keeper, server, rescued, backup } = kept();
    const [port, notify] = [server.port(), server.port()];
    keep(keeper, backup, server, port);
    server.makeSend(port);
    server.watch(NO_SENDERS, port, notify);
    server.watch(DEAD_NAME, port, notify);
    server.destroy(port);
    expect(server.notifications(notify)).toEqual([
      { id: NO_SENDERS, mscount: 1 },
      { id: PORT_DELETED, name: port },
    ]);
    expect(keeper.status(rescued())).toMatchObject({ srights: false, nsrequest: false });
  });

  test('one shot: the next death is one, unless it is asked for again', () => {
    const { keeper, client, server, inbox, toInbox, rescued } = kept();
    server.kill(inbox);
    const name = rescued();
    expect(keeper.status(name).pdrequest).toBe(false);
    keeper.kill(name);
    expect(client.type(toInbox.name)).toBe(TYPE.DEAD_NAME);
  });

  test('the backup port is dead: the port dies', () => {
    const { keeper, server, client, backup, inbox, toInbox } = kept();
    keeper.kill(backup);
    server.kill(inbox);
    expect(client.type(toInbox.name)).toBe(TYPE.DEAD_NAME);
  });

  test('the backup waits in the port’s own queue: a cycle, so the port dies', () => {
    const { keeper, server, client, backup, inbox, toInbox } = kept();
    const to = { disp: COPY_SEND, name: server.give(keeper, MAKE_SEND, inbox) };
    const toBackup = keeper.give(client, MAKE_SEND, backup);
    keeper.send(to, { rights: [{ disp: MOVE_RECEIVE, name: backup }] });
    server.kill(inbox);
    expect([toInbox.name, toBackup].map((name) => client.type(name))).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
  });

  test('its own backup: it dies', () => {
    const { server, client } = kept();
    const port = server.port();
    const to = server.give(client, MAKE_SEND, port);
    server.watch(PORT_DESTROYED, port, port);
    server.kill(port);
    expect(client.type(to)).toBe(TYPE.DEAD_NAME);
  });

  test('the backup is in transit: it waits there, and goes further if that dies', () => {
    const { m, keeper, server, client, backup, inbox, toInbox } = kept();
    const other = m.task();
    const jobs = other.port();
    const toJobs = { disp: COPY_SEND, name: other.give(keeper, MAKE_SEND, jobs) };
    keeper.send(toJobs, { rights: [{ disp: MOVE_RECEIVE, name: backup }] });
    server.kill(inbox);
    expect(client.type(toInbox.name)).toBe(TYPE.SEND);
    other.kill(jobs);
    expect(client.type(toInbox.name)).toBe(TYPE.DEAD_NAME);
  });

  test('no room at the keeper: the message is received, the port dies', () => {
    const m = new Machine({ portsPerTask: 1 });
    const [keeper, server] = [m.task(), m.task()];
    const [backup, inbox] = [keeper.port(), server.port()];
    keep(keeper, backup, server, inbox);
    const to = server.give(keeper, MAKE_SEND, inbox);
    server.kill(inbox);
    expect(keeper.poll(backup)).toMatchObject({
      code: 'MACH_RCV_BODY_ERROR',
      message: { notification: { id: PORT_DESTROYED }, rights: [{ disp: MOVE_RECEIVE, name: 0 }] },
    });
    expect(keeper.type(to)).toBe(TYPE.DEAD_NAME);
  });
});

describe('mach.md §14, DESIGN 5.3: the server dies and its port does not', () => {
  test('what it had not taken is queued again in order, with the reply rights', () => {
    const { m, keeper, server, client, inbox, toInbox, notes, rescued } = kept();
    server.do({ op: 'serve', name: inbox });
    for (const tag of [1, 2, 3])
      client.send(toInbox, { payload: tag, reply: { disp: MAKE_SEND_ONCE, name: notes }, tag });
    expect(m.delivered().map(({ payload }) => payload)).toEqual([1, 2]);
    server.do({ op: 'taken', name: inbox, count: 1 });
    server.end();
    expect(client.receive(notes)).toMatchObject({ tag: 1, notification: { id: SEND_ONCE, handled: 'maybe' } });
    const name = rescued();
    const got = [keeper.receive(name), keeper.receive(name)];
    expect(got.map((message) => message?.payload)).toEqual([2, 3]);
    for (const message of got) keeper.send(need(message).remote, { payload: 'answer' });
    expect([client.receive(notes), client.receive(notes)].map((reply) => reply?.tag)).toEqual([2, 3]);
    expect(client.receive(notes)).toBeUndefined();
  });

  test('it may have acted on what it had: if that dies later its caller hears maybe', () => {
    const { m, keeper, server, client, inbox, toInbox, notes, rescued } = kept();
    server.do({ op: 'serve', name: inbox });
    client.send(toInbox, { reply: { disp: MAKE_SEND_ONCE, name: notes } });
    expect(m.delivered()).toHaveLength(1);
    server.end();
    keeper.destroy(rescued());
    expect(client.notifications(notes)).toEqual([{ id: SEND_ONCE, handled: 'maybe' }]);
  });
});
