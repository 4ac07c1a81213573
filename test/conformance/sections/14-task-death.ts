import { DISP, named, NOTIFY, TYPE } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;

export const taskDeath = section('§14 task death', (rule) => {
  rule('its ports die: senders have dead names, watchers are told', async ({ a, b, another }) => {
    const x = await another();
    const port = await x.port();
    const [inA, inB] = [await a.sendRightTo(port, x), await b.sendRightTo(port, x)];
    const told = await a.port();
    await a.watch(inA, NOTIFY.DEAD_NAME, told);
    await x.kill();
    expect(await a.notices(told)).toEqual([`dead-name ${inA}`]);
    expect([await a.deads(inA), await b.deads(inB)]).toEqual([2, 1]);
  });

  rule('its send rights go: no-senders', async ({ a, another }) => {
    const x = await another();
    const [port, told] = [await a.port(), await a.port()];
    const name = await x.sendRightTo(port, a);
    await x.modRefs(name, 0, 7);
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await x.kill();
    expect(await a.notices(told)).toEqual(['no-senders 1']);
  });

  rule('its send-once rights go: each port is told, and no client hangs', async ({ a, another }) => {
    const x = await another();
    const [server, answers] = [await x.port(), await a.port()];
    const to = await a.sendRightTo(server, x);
    // One request received, one in the queue.
    await a.post(to, { local: { disp: MAKE_SEND_ONCE, name: answers } });
    await x.take(server);
    await a.post(to, { local: { disp: MAKE_SEND_ONCE, name: answers } });
    const waiting = await a.beginReceive(answers);
    await x.kill();
    expect((await waiting.result).message?.notification?.id).toBe(NOTIFY.SEND_ONCE);
    expect(await a.notices(answers)).toEqual(['send-once']);
  });

  rule('its dead-name requests go as port-deleted, to whom they were to tell', async ({ a, b, another }) => {
    const x = await another();
    const [port, told] = [await b.port(), await a.port()];
    const name = await x.sendRightTo(port, b);
    await x.watch(name, NOTIFY.DEAD_NAME, { disp: 18, name: await a.give(MAKE_SEND_ONCE, told, x) });
    await x.kill();
    expect(await a.notices(told)).toEqual([`port-deleted ${name}`]);
  });

  rule('its ports go to their backups, with all that is queued', async ({ a, b, another }) => {
    const x = await another();
    const [port, backup] = [await x.port(), await a.port()];
    const sender = await b.sendRightTo(port, x);
    await x.watch(port, NOTIFY.PORT_DESTROYED, { disp: 18, name: await a.give(MAKE_SEND_ONCE, backup, x) });
    await b.postMany(sender, 3);
    await x.beginReceive(await x.set(port));
    await b.post(sender, { id: 3 });
    await x.kill();
    const name = a.mine((await a.take(backup)).notification?.right?.name ?? 0);
    // The first was received; what it was good for died with its receiver.
    expect(await a.drain(name)).toEqual([1, 2, 3]);
    expect(await b.type(sender)).toBe(TYPE.SEND);
  });

  rule('what it had sent is still delivered, with its rights', async ({ a, b, another }) => {
    const x = await another();
    const [port, given] = [await a.port(), await b.port()];
    const to = await x.sendRightTo(port, a);
    const right = await x.sendRightTo(given, b);
    await x.post(to, { id: 8, body: [named(COPY_SEND, right)] });
    await x.kill();
    const message = await a.take(port);
    expect(message.id).toBe(8);
    const name = a.mine(rightsOf(message)[0]?.name ?? 0);
    await a.post(name, { id: 9 });
    expect(await b.drain(given)).toEqual([9]);
  });

  rule('of what it had sent its own ports arrive as DEAD', async ({ a, another }) => {
    const x = await another();
    const [port, own] = [await a.port(), await x.port()];
    const to = await x.sendRightTo(port, a);
    await x.post(to, { local: { disp: MAKE_SEND_ONCE, name: own }, body: [named(MAKE_SEND, own)] });
    await x.kill();
    const message = await a.take(port);
    expect([message.remote.name, rightsOf(message)[0]?.name]).toEqual([0xffff_ffff, 0xffff_ffff]);
  });

  rule('a receive right that it had sent lives on with its new holder', async ({ a, b, another }) => {
    const x = await another();
    const [port, inbox] = [await x.port(), await a.port()];
    const sender = await b.sendRightTo(port, x);
    await x.post(await x.sendRightTo(inbox, a), { body: [named(MOVE_RECEIVE, port)] });
    await x.kill();
    await b.post(sender, { id: 1 });
    const [right] = rightsOf(await a.take(inbox));
    expect(await a.drain(a.mine(right?.name ?? 0))).toEqual([1]);
  });

  rule('a send it was waiting in does not happen: its rights are destroyed', async ({ a, b, another }) => {
    const x = await another();
    const [port, answers, carried] = [await a.port(0), await b.port(), await x.port()];
    const to = await x.sendRightTo(port, a);
    const watched = await b.sendRightTo(carried, x);
    const reply = await b.give(MAKE_SEND_ONCE, answers, x);
    await x.beginSend(to, {
      local: { disp: 18, name: reply },
      body: [named(MOVE_RECEIVE, carried)],
    });
    await x.kill();
    expect(await b.notices(answers)).toEqual(['send-once']);
    expect(await b.type(watched)).toBe(TYPE.DEAD_NAME);
    await a.setQlimit(port, 5);
    expect(await a.receive(port)).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
  });

  rule('those who wait to send to it are let go with SUCCESS', async ({ a, another }) => {
    const x = await another();
    const port = await x.port(0);
    const to = await a.sendRightTo(port, x);
    const blocked = await a.beginSend(to);
    await x.kill();
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.send(to)).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
  });

  rule('its task port dies: watchers are told, and calls on it are MACH_SEND_INVALID_DEST', async ({ a, another }) => {
    const x = await another();
    const { task } = await a.peer(x);
    const [told, port] = [await a.port(), await a.port()];
    await a.watch(task, NOTIFY.DEAD_NAME, told);
    await x.kill();
    expect(await a.notices(told)).toEqual([`dead-name ${task}`]);
    expect(await a.insert(0x2300_0000, port, MAKE_SEND, task)).toBe('MACH_SEND_INVALID_DEST');
    await a.deallocate(task);
  });

  rule('its sets go and its members die', async ({ a, another }) => {
    const x = await another();
    const ports = [await x.port(), await x.port()];
    await x.set(...ports);
    const names = [await a.sendRightTo(ports[0] ?? 0, x), await a.sendRightTo(ports[1] ?? 0, x)];
    await a.postMany(names[0] ?? 0, 2);
    await x.kill();
    for (const name of names) expect(await a.type(name)).toBe(TYPE.DEAD_NAME);
  });

  rule(
    'its notify rights: a no-senders that another task asked for on its behalf is dropped',
    async ({ a, b, another }) => {
      const x = await another();
      const [port, told] = [await a.port(), await x.port()];
      const sender = await b.sendRightTo(port, a);
      await a.watch(port, NOTIFY.NO_SENDERS, { disp: 18, name: await x.give(MAKE_SEND_ONCE, told, a) });
      await x.kill();
      await b.deallocate(sender);
      expect((await a.status(port)).nsrequest).toBe(false);
    },
  );

  rule('a chain that runs through it: ports in its queues die, or go to their backups', async ({ a, b, another }) => {
    const x = await another();
    const [queue, lost, kept, backup] = [await x.port(), await a.port(), await a.port(), await b.port()];
    const to = await a.sendRightTo(queue, x);
    const [lostInB, keptInB] = [await b.sendRightTo(lost, a), await b.sendRightTo(kept, a)];
    await a.watch(kept, NOTIFY.PORT_DESTROYED, { disp: 18, name: await b.give(MAKE_SEND_ONCE, backup, a) });
    await a.post(to, { body: [named(MOVE_RECEIVE, lost), named(MOVE_RECEIVE, kept)] });
    await x.kill();
    expect(await b.type(lostInB)).toBe(TYPE.DEAD_NAME);
    expect((await b.take(backup)).notification?.right?.name).toBe(keptInB);
  });
});
