import { DEAD_NAME, DISP, named, NOTIFY, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const NONE = 0x2fff_ffff;

/** Each way for a port to lose its receive right for good. */
const CAUSES: [string, (a: Actor, port: number) => Promise<void>][] = [
  ['mod_refs(RECEIVE, -1)', (a, port) => a.killPort(port)],
  [
    'destroy',
    async (a, port) => {
      expect(await a.destroy(port)).toBe(0);
    },
  ],
  [
    'a message that fails after it was copied in',
    async (a, port) => {
      const queue = await a.sender();
      const body = [named(MOVE_RECEIVE, port), named(COPY_SEND, NONE)];
      expect((await a.send(queue, { body })).code).toBe('MACH_SEND_INVALID_RIGHT');
    },
  ],
  [
    'a message in the queue of a port that dies',
    async (a, port) => {
      const queue = await a.sender();
      await a.post(queue, { body: [named(MOVE_RECEIVE, port)] });
      expect(await a.destroy(queue)).toBe(0);
    },
  ],
  [
    'a message that its receiver refuses',
    async (a, port) => {
      const queue = await a.sender();
      await a.post(queue, { body: [named(MOVE_RECEIVE, port)] });
      expect((await a.receive(queue, { size: 1 })).code).toBe('MACH_RCV_TOO_LARGE');
    },
  ],
  [
    'a call that fails after it was copied in',
    async (a, port) => {
      expect(await a.insert(await a.deadName(), port, MOVE_RECEIVE)).toBe('KERN_NAME_EXISTS');
    },
  ],
];

export const death = section('§11 death of a port', (rule) => {
  for (const [cause, end] of CAUSES) {
    rule(`${cause}: names elsewhere are dead, watchers are told, clients get a send-once`, async ({ a, b, c }) => {
      const [port, told, answers] = [await a.port(), await b.port(), await c.port()];
      const [inB, inC] = [await b.sendRightTo(port, a), await c.sendRightTo(port, a)];
      const once = await a.give(MAKE_SEND_ONCE, port, b);
      await b.watch(inB, NOTIFY.DEAD_NAME, told);
      await b.watch(once, NOTIFY.DEAD_NAME, told);
      await c.post(inC, { local: { disp: MAKE_SEND_ONCE, name: answers } });
      await end(a, port);
      expect(await a.type(port)).toBe('KERN_INVALID_NAME');
      expect([await b.type(inB), await b.type(once), await c.type(inC)]).toEqual([
        TYPE.DEAD_NAME,
        TYPE.DEAD_NAME,
        TYPE.DEAD_NAME,
      ]);
      expect([await b.deads(inB), await b.deads(once), await c.deads(inC)]).toEqual([2, 2, 1]);
      expect((await b.notices(told)).sort()).toEqual([`dead-name ${inB}`, `dead-name ${once}`].sort());
      expect(await c.notices(answers)).toEqual(['send-once']);
    });
  }

  rule('it leaves its set; who waits on the set goes on waiting', async ({ a }) => {
    const [port, other] = [await a.sender(), await a.sender()];
    const set = await a.set(port, other);
    const waiting = await a.beginReceive(set);
    await a.destroy(port);
    expect(await a.members(set)).toEqual([other]);
    await a.post(other, { id: 4 });
    expect((await waiting.result).message).toMatchObject({ id: 4, local: { name: other } });
  });

  rule('who waits to receive gets PORT_DIED, who waits to send SUCCESS', async ({ a, b }) => {
    const port = await a.port(0);
    const to = await b.sendRightTo(port, a);
    const [receiving, sending] = [await a.beginReceive(port), await b.beginSend(to)];
    await a.killPort(port);
    expect(await receiving.result).toEqual({ code: 'MACH_RCV_PORT_DIED' });
    expect(await sending.result).toEqual({ code: 0 });
  });

  rule('its no-senders request gets a send-once', async ({ a, b }) => {
    const [port, told] = [await a.port(), await a.port()];
    await b.sendRightTo(port, a);
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await a.killPort(port);
    expect(await a.notices(told)).toEqual(['send-once']);
  });

  rule(
    'queued messages free what they carry: send rights, send-once rights, receive rights and theirs',
    async ({ a, b, c }) => {
      const [port, sent, answers, inner, innermost] = [
        await a.port(),
        await c.port(),
        await c.port(),
        await c.sender(),
        await c.port(),
      ];
      const to = await c.sendRightTo(port, a);
      const watched = await b.sendRightTo(innermost, c);
      await c.watch(answers, NOTIFY.NO_SENDERS, await c.port(), 1);
      await c.makeSend(sent);
      await c.watch(sent, NOTIFY.NO_SENDERS, sent);
      await c.post(inner, { body: [named(MOVE_RECEIVE, innermost)], local: { disp: MAKE_SEND_ONCE, name: answers } });
      await c.post(to, {
        local: { disp: MAKE_SEND_ONCE, name: answers },
        body: [named(MOVE_SEND, sent), named(MOVE_RECEIVE, inner)],
      });
      await a.destroy(port);
      expect(await c.notices(sent)).toEqual(['no-senders 1']);
      expect(await c.notices(answers)).toEqual(['send-once', 'send-once']);
      expect(await c.type(inner)).toBe(TYPE.DEAD_NAME);
      expect(await b.type(watched)).toBe(TYPE.DEAD_NAME);
    },
  );

  rule('the steps come in their order, dead-name notifications last', async ({ a, b }) => {
    const port = await a.port(1);
    const tell = { blocked: await a.port(), noSenders: await a.port(), queued: await a.port(), dead: await a.port() };
    const set = await a.set(...Object.values(tell));
    const inB = await b.sendRightTo(port, a);
    const own = await a.once(port);
    await a.watch(own, NOTIFY.DEAD_NAME, tell.dead);
    await a.watch(port, NOTIFY.NO_SENDERS, tell.noSenders);
    await b.post(inB, { local: { disp: MOVE_SEND_ONCE, name: await a.give(MAKE_SEND_ONCE, tell.queued, b) } });
    const blocked = await b.beginSend(inB, {
      local: { disp: MOVE_SEND_ONCE, name: await a.give(MAKE_SEND_ONCE, tell.blocked, b) },
    });
    await a.killPort(port);
    expect(await blocked.result).toEqual({ code: 0 });
    const order: number[] = [];
    for (let got = await a.receive(set); got.message !== undefined; got = await a.receive(set))
      order.push(got.message.local.name);
    expect(order).toEqual([tell.blocked, tell.noSenders, tell.queued, tell.dead]);
  });

  rule(
    'destroy of SEND+RECEIVE drops the send right first: a last sender is a no-senders, no send-once',
    async ({ a }) => {
      const [port, told] = [await a.sender(), await a.port()];
      await a.watch(port, NOTIFY.NO_SENDERS, told);
      await a.destroy(port);
      expect(await a.notices(told)).toEqual(['no-senders 1']);
    },
  );

  rule('destroy of SEND+RECEIVE with other senders: the no-senders request gets a send-once', async ({ a, b }) => {
    const [port, told] = [await a.sender(), await a.port()];
    await b.sendRightTo(port, a);
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await a.destroy(port);
    expect(await a.notices(told)).toEqual(['send-once']);
  });

  rule('destroy of SEND+RECEIVE with a dead-name request is a port-deleted', async ({ a }) => {
    const [port, told] = [await a.sender(), await a.port()];
    await a.watch(port, NOTIFY.DEAD_NAME, told);
    await a.destroy(port);
    expect(await a.notices(told)).toEqual([`port-deleted ${port}`]);
    expect(await a.type(port)).toBe('KERN_INVALID_NAME');
  });

  rule('mod_refs(RECEIVE, -1) of SEND+RECEIVE leaves a dead name with the send references', async ({ a }) => {
    const [port, told] = [await a.sender(), await a.port()];
    await a.makeSend(port);
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await a.killPort(port);
    expect([await a.type(port), await a.deads(port)]).toEqual([TYPE.DEAD_NAME, 2]);
    expect(await a.notices(told)).toEqual(['send-once']);
  });

  rule(
    'mod_refs(RECEIVE, -1) of SEND+RECEIVE with a dead-name request: one reference more, and a dead-name',
    async ({ a }) => {
      const [port, told] = [await a.sender(), await a.port()];
      await a.makeSend(port);
      await a.watch(port, NOTIFY.DEAD_NAME, told);
      await a.killPort(port);
      expect(await a.deads(port)).toBe(3);
      expect(await a.notices(told)).toEqual([`dead-name ${port}`]);
    },
  );

  rule('rights for the dead port that are in messages arrive as DEAD', async ({ a, b }) => {
    const [port, queue] = [await a.sender(), await b.port()];
    const to = await a.sendRightTo(queue, b);
    await a.post(to, { local: { disp: MAKE_SEND_ONCE, name: port }, body: [named(MAKE_SEND, port)] });
    await a.destroy(port);
    const message = await b.take(queue);
    expect(message.remote).toEqual({ disp: 18, name: DEAD_NAME });
    expect(rightsOf(message)).toEqual([{ disp: MOVE_SEND, name: DEAD_NAME }]);
  });

  rule('a long chain of ports in each other’s queues dies as a whole', async ({ a, b }) => {
    const ports = [];
    for (let i = 0; i < 50; i += 1) ports.push(await a.sender());
    const watched = await b.sendRightTo(ports.at(-1) ?? 0, a);
    for (let i = 48; i >= 0; i -= 1) await a.post(ports[i] ?? 0, { body: [named(MOVE_RECEIVE, ports[i + 1] ?? 0)] });
    await a.killPort(ports[0] ?? 0);
    for (const port of ports) expect(await a.type(port)).toBe(TYPE.DEAD_NAME);
    expect(await b.type(watched)).toBe(TYPE.DEAD_NAME);
  });
});
