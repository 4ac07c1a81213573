import { DISP, named, NOTIFY, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, COPY_SEND, MAKE_SEND_ONCE } = DISP;
const { PORT_DESTROYED, NO_SENDERS } = NOTIFY;
const NONE = 0x2fff_ffff;

/** Each way of dying. */
const WAYS: [string, (b: Actor, port: number) => Promise<unknown>][] = [
  ['mod_refs(RECEIVE, -1)', (b, port) => b.modRefs(port, RIGHT.RECEIVE, -1)],
  ['destroy', (b, port) => b.destroy(port)],
  [
    'a message that fails in its body',
    async (b, port) => b.send(await b.sender(), { body: [named(MOVE_RECEIVE, port), named(COPY_SEND, NONE)] }),
  ],
  [
    'a message in the queue of a port that dies',
    async (b, port) => {
      const queue = await b.sender();
      await b.post(queue, { body: [named(MOVE_RECEIVE, port)] });
      await b.destroy(queue);
    },
  ],
  [
    'a message that its receiver refuses',
    async (b, port) => {
      const queue = await b.sender();
      await b.post(queue, { body: [named(MOVE_RECEIVE, port)] });
      await b.receive(queue, { size: 1 });
    },
  ],
  ['a call that fails', async (b, port) => b.insert(await b.set(), port, MOVE_RECEIVE)],
];

export const portDestroyed = section('§10 port-destroyed', (rule) => {
  for (const [way, end] of WAYS) {
    rule(`${way}: the receive right goes to the backup; nobody else notices`, async ({ a, b, c }) => {
      const [port, backup, told] = [await b.port(7), await a.port(), await c.port()];
      const sender = await c.sendRightTo(port, b);
      await b.watch(port, PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, backup, b) });
      await c.watch(sender, NOTIFY.DEAD_NAME, told);
      await c.postMany(sender, 3);
      await end(b, port);
      expect(await b.type(port)).toBe('KERN_INVALID_NAME');
      const message = await a.take(backup);
      expect(message).toMatchObject({ id: 69, complex: true, local: { disp: 18, name: backup } });
      const { disp, name } = message.notification?.right ?? named(0, 0);
      expect(disp).toBe(MOVE_RECEIVE);
      expect(message.body).toEqual(named(MOVE_RECEIVE, name));
      a.mine(name);
      expect(await a.type(name)).toBe(TYPE.RECEIVE);
      expect(await a.status(name)).toMatchObject({
        qlimit: 7,
        msgcount: 3,
        mscount: 0,
        seqno: 0,
        pset: 0,
        pdrequest: false,
      });
      expect(await c.type(sender)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
      expect(await c.notices(told)).toEqual([]);
      await c.post(sender, { id: 3 });
      expect(await a.drain(name)).toEqual([0, 1, 2, 3]);
      // It has no backup any more.
      await a.killPort(name);
      expect(await c.notices(told)).toEqual([`dead-name ${sender}`]);
    });
  }

  rule('it is taken out of its set, and who waits to receive from it gets PORT_DIED', async ({ a, b }) => {
    const [port, backup] = [await a.port(), await b.port()];
    await a.watch(port, PORT_DESTROYED, { disp: 18, name: await b.give(MAKE_SEND_ONCE, backup, a) });
    const waiting = await a.beginReceive(port);
    await a.killPort(port);
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_PORT_DIED' });
    const moved = b.mine((await b.take(backup)).notification?.right?.name ?? 0);
    await b.watch(moved, PORT_DESTROYED, { disp: 18, name: await b.once(backup) });
    const set = await b.set(moved);
    await b.killPort(moved);
    expect(await b.members(set)).toEqual([]);
    b.mine((await b.take(backup)).notification?.right?.name ?? 0);
  });

  rule('blocked senders go on waiting, and are let in by the new holder', async ({ a, b }) => {
    const [port, backup] = [await b.port(0), await a.port()];
    const to = await a.sendRightTo(port, b);
    await b.watch(port, PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, backup, b) });
    const blocked = await a.beginSend(to, { id: 6 });
    await b.destroy(port);
    const name = (await a.take(backup)).notification?.right?.name ?? 0;
    expect(name).toBe(to);
    await a.setQlimit(name, 1);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.drain(name)).toEqual([6]);
  });

  rule('the no-senders request stays', async ({ a, b }) => {
    const [port, backup, told] = [await b.port(), await b.port(), await b.port()];
    const sender = await a.sendRightTo(port, b);
    await b.watch(port, PORT_DESTROYED, backup);
    await b.watch(port, NO_SENDERS, told);
    await b.killPort(port);
    const name = b.mine((await b.take(backup)).notification?.right?.name ?? 0);
    expect((await b.status(name)).nsrequest).toBe(true);
    expect(await b.notices(told)).toEqual([]);
    await a.deallocate(sender);
    expect(await b.notices(told)).toEqual(['no-senders 0']);
  });

  rule('mod_refs(RECEIVE, -1) with send references left: they stay a live send right', async ({ a, b }) => {
    const [port, backup, told] = [await b.sender(), await a.port(), await b.port()];
    await b.watch(port, PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, backup, b) });
    await b.watch(port, NOTIFY.DEAD_NAME, told);
    await b.killPort(port);
    expect([await b.type(port), await b.sends(port)]).toEqual([(TYPE.SEND | TYPE.DNREQUEST) >>> 0, 1]);
    const name = a.mine((await a.take(backup)).notification?.right?.name ?? 0);
    await b.post(port, { id: 2 });
    expect(await a.drain(name)).toEqual([2]);
    await a.watch(name, NO_SENDERS, backup);
    await b.deallocate(port);
    expect(await a.notices(backup)).toEqual(['no-senders 0']);
    expect(await b.notices(told)).toEqual([`port-deleted ${port}`]);
  });

  rule(
    'destroy of SEND+RECEIVE: the send right is dropped first, the receive right goes to the backup',
    async ({ a, b }) => {
      const [port, backup, told] = [await b.sender(), await a.port(), await b.port()];
      await b.watch(port, PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, backup, b) });
      await b.watch(port, NO_SENDERS, told);
      await b.destroy(port);
      expect(await b.notices(told)).toEqual(['no-senders 1']);
      const name = a.mine((await a.take(backup)).notification?.right?.name ?? 0);
      expect(await a.status(name)).toMatchObject({ srights: false, nsrequest: false });
    },
  );

  rule('if the backup is dead the port really dies', async ({ a, b }) => {
    const [port, backup] = [await b.port(), await a.port()];
    const sender = await a.sendRightTo(port, b);
    await b.watch(port, PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, backup, b) });
    await a.destroy(backup);
    await b.killPort(port);
    expect(await a.type(sender)).toBe(TYPE.DEAD_NAME);
  });

  rule('if it were to wait in its own queue the port really dies', async ({ a, b }) => {
    const port = await a.port();
    const sender = await b.sendRightTo(port, a);
    await a.watch(port, PORT_DESTROYED, port);
    await a.killPort(port);
    expect(await b.type(sender)).toBe(TYPE.DEAD_NAME);
  });

  rule('if the backup waits in its queue the port really dies, and the backup with it', async ({ a, b }) => {
    const [port, backup] = [await a.sender(), await a.port()];
    const [sender, watched] = [await b.sendRightTo(port, a), await b.sendRightTo(backup, a)];
    await a.watch(port, PORT_DESTROYED, backup);
    await a.post(port, { body: [named(MOVE_RECEIVE, backup)] });
    await a.destroy(port);
    expect([await b.type(sender), await b.type(watched)]).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
  });

  rule('the backup’s own receive right may be under way: the port waits in its queue', async ({ a, b }) => {
    const [port, backup, queue] = [await a.port(), await a.port(), await a.sender()];
    const sender = await b.sendRightTo(port, a);
    await a.watch(port, PORT_DESTROYED, backup);
    await a.post(queue, { body: [named(MOVE_RECEIVE, backup)] });
    await a.killPort(port);
    await b.post(sender, { id: 1 });
    const [back] = rightsOf(await a.take(queue));
    const name = a.mine((await a.take(a.mine(back?.name ?? 0))).notification?.right?.name ?? 0);
    expect(await a.drain(name)).toEqual([1]);
  });

  rule('a chain of backups: each holder may name the next', async ({ a, b, c }) => {
    const [port, first, second] = [await c.port(), await b.port(), await a.port()];
    const sender = await a.sendRightTo(port, c);
    await c.watch(port, PORT_DESTROYED, { disp: 18, name: await b.give(MAKE_SEND_ONCE, first, c) });
    await c.destroy(port);
    const inB = b.mine((await b.take(first)).notification?.right?.name ?? 0);
    await b.watch(inB, PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, second, b) });
    await b.destroy(inB);
    expect((await a.take(second)).notification?.right?.name).toBe(sender);
    await a.post(sender, { id: 1 });
    expect(await a.drain(sender)).toEqual([1]);
  });
});
