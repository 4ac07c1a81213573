import { DEAD_NAME, DISP, named, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const { NO_SENDERS } = NOTIFY;
const DEAD = NOTIFY.DEAD_NAME;
const NONE = 0x2fff_ffff;

/** Ways for an entry to go that are no death of its port: the name, and what makes it go. */
const DELETED: [
  string,
  (a: Actor, b: Actor) => Promise<number>,
  (a: Actor, name: number, b: Actor) => Promise<unknown>,
][] = [
  ['deallocate of the last reference', oneSend, (a, name) => a.deallocate(name)],
  ['mod_refs(SEND) to 0', oneSend, (a, name) => a.modRefs(name, RIGHT.SEND, -1)],
  ['destroy of a send right', oneSend, (a, name) => a.destroy(name)],
  ['MOVE_SEND of the last reference', oneSend, (a, name, b) => a.give(MOVE_SEND, name, b)],
  ['MOVE_SEND as destination', oneSend, (a, name) => a.post({ disp: MOVE_SEND, name })],
  ['deallocate of a send-once right', oneOnce, (a, name) => a.deallocate(name)],
  ['mod_refs(SEND_ONCE, -1)', oneOnce, (a, name) => a.modRefs(name, RIGHT.SEND_ONCE, -1)],
  ['a send-once right that is used', oneOnce, (a, name) => a.post({ disp: MOVE_SEND_ONCE, name })],
  ['a send-once right that is moved', oneOnce, (a, name, b) => a.give(MOVE_SEND_ONCE, name, b)],
  ['MOVE_RECEIVE of a receive right alone', (a) => a.port(), (a, name, b) => a.give(MOVE_RECEIVE, name, b)],
  ['mod_refs(RECEIVE, -1) of a receive right alone', (a) => a.port(), (a, name) => a.modRefs(name, RIGHT.RECEIVE, -1)],
  ['destroy of a receive right', (a) => a.port(), (a, name) => a.destroy(name)],
  ['destroy of SEND+RECEIVE', (a) => a.sender(), (a, name) => a.destroy(name)],
];

export const notifications = section('§10 dead-name, port-deleted, send-once', (rule) => {
  rule('a notification comes on a send-once right, without reply port, and passes a full queue', async ({ a }) => {
    const told = await a.sender(0);
    await a.deallocate(await a.once(told));
    const message = await a.take(told);
    expect(message).toMatchObject({
      id: 71,
      local: { disp: MOVE_SEND_ONCE, name: told },
      remote: { disp: 0, name: NULL_NAME },
      complex: false,
    });
  });

  rule('a notification whose port is dead is dropped', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, DEAD, told);
    await a.destroy(told);
    await b.destroy(port);
    // One reference more all the same.
    expect(await a.deads(name)).toBe(2);
  });

  rule('each id: port-deleted 65, port-destroyed 69, no-senders 70, send-once 71, dead-name 72', async ({ a, b }) => {
    const told = await a.port();
    const [send, port] = [await oneSend(a, b), await b.port()];
    await a.watch(send, DEAD, told);
    await a.deallocate(send);
    const backed = await a.port();
    await a.watch(backed, NOTIFY.PORT_DESTROYED, told);
    await a.killPort(backed);
    await a.watch(told, NO_SENDERS, told);
    await a.deallocate(await a.once(told));
    const name = await a.sendRightTo(port, b);
    await a.watch(name, DEAD, told);
    await b.destroy(port);
    const messages = [];
    for (let i = 0; i < 5; i += 1) messages.push(await a.take(told));
    expect(messages.map(({ id }) => id)).toEqual([65, 69, 70, 71, 72]);
    expect(messages.map(({ notification }) => notification?.id)).toEqual([65, 69, 70, 71, 72]);
    expect(messages[0]?.notification).toMatchObject({ name: send });
    expect(messages[2]?.notification).toMatchObject({ mscount: 0 });
    expect(messages[4]?.notification).toMatchObject({ name });
    a.mine(messages[1]?.notification?.right?.name ?? 0);
  });

  rule('dead-name: the references that there were, and one more if it was asked for', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const [asked, once] = [await a.sendRightTo(port, b), await b.give(MAKE_SEND_ONCE, port, a)];
    await a.modRefs(asked, RIGHT.SEND, 3);
    await a.watch(asked, DEAD, told);
    await a.watch(once, DEAD, told);
    await b.destroy(port);
    expect([await a.deads(asked), await a.deads(once)]).toEqual([5, 2]);
    // Read or not: it makes no difference.
    expect(await a.notices(told)).toHaveLength(2);
    expect([await a.deads(asked), await a.deads(once)]).toEqual([5, 2]);
  });

  rule('dead-name: without a request no reference more, and nobody is told', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    await b.destroy(port);
    expect(await a.deads(name)).toBe(1);
  });

  rule(
    'dead-name carries a name and no right: dropping its reference and those of before frees the name',
    async ({ a, b }) => {
      const [port, told] = [await b.port(), await a.port()];
      const name = await a.sendRightTo(port, b);
      await a.watch(name, DEAD, told);
      await b.destroy(port);
      const message = await a.take(told);
      expect([message.complex, rightsOf(message)]).toEqual([false, []]);
      await a.deallocate(name);
      expect(await a.type(name)).toBe(TYPE.DEAD_NAME);
      await a.deallocate(name);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    },
  );

  rule('dead-name fires once: the dead name has no request any more', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, DEAD, told);
    await b.destroy(port);
    await a.destroy(name);
    expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
  });

  rule('dead-name: a request that was cancelled adds nothing', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, DEAD, told);
    a.mine((await a.request(name, DEAD, NULL_NAME)).name);
    await b.destroy(port);
    expect(await a.deads(name)).toBe(1);
    expect(await a.notices(told)).toEqual([]);
  });

  for (const [how, make, end] of DELETED) {
    rule(`port-deleted: ${how}`, async ({ a, b }) => {
      const told = await a.port();
      const name = await make(a, b);
      await a.watch(name, DEAD, told);
      await end(a, name, b);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
      expect(await a.notices(told)).toEqual([`port-deleted ${name}`]);
    });

    rule(`nobody is told of ${how} who has not asked`, async ({ a, b }) => {
      const told = await a.port();
      const name = await make(a, b);
      await a.watch(name, DEAD, told);
      a.mine((await a.request(name, DEAD, NULL_NAME)).name);
      await end(a, name, b);
      expect(await a.notices(told)).toEqual([]);
    });
  }

  rule('no port-deleted when the send references end on a name that still receives', async ({ a }) => {
    const [port, told] = [await a.sender(), await a.port()];
    await a.watch(port, DEAD, told);
    await a.deallocate(port);
    expect(await a.type(port)).toBe((TYPE.RECEIVE | TYPE.DNREQUEST) >>> 0);
    expect(await a.notices(told)).toEqual([]);
    await a.destroy(port);
    expect(await a.notices(told)).toEqual([`port-deleted ${port}`]);
  });

  rule('no port-deleted when MOVE_RECEIVE leaves a send right behind; its request goes on', async ({ a, b }) => {
    const [port, told] = [await a.sender(), await a.port()];
    await a.watch(port, DEAD, told);
    const there = await a.give(MOVE_RECEIVE, port, b);
    expect(await a.type(port)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
    expect(await a.notices(told)).toEqual([]);
    await b.destroy(there);
    expect(await a.notices(told)).toEqual([`dead-name ${port}`]);
  });

  rule('no port-deleted while references are left', async ({ a, b }) => {
    const told = await a.port();
    const name = await oneSend(a, b);
    await a.modRefs(name, RIGHT.SEND, 1);
    await a.watch(name, DEAD, told);
    await a.deallocate(name);
    expect(await a.notices(told)).toEqual([]);
    await a.give(MOVE_SEND, name, b);
    expect(await a.notices(told)).toEqual([`port-deleted ${name}`]);
  });

  for (const [how, end] of [
    ['deallocate', (b: Actor, once: number) => b.deallocate(once)],
    ['mod_refs', (b: Actor, once: number) => b.modRefs(once, RIGHT.SEND_ONCE, -1)],
    ['destroy', (b: Actor, once: number) => b.destroy(once)],
    ['an insert that fails', async (b: Actor, once: number) => b.insert(await b.set(), once, MOVE_SEND_ONCE)],
    ['a request that fails', (b: Actor, once: number) => b.request(NONE, DEAD, { disp: MOVE_SEND_ONCE, name: once })],
    ['a body that fails', failingBody],
    ['a header whose body fails', failingHeader],
    ['a reply in a message that is destroyed with its queue', inDeadQueue],
    ['a message that its receiver refuses', refused],
  ] as const) {
    rule(`send-once: a right that ends unused by ${how}`, async ({ a, b }) => {
      const port = await a.port();
      const once = await a.give(MAKE_SEND_ONCE, port, b);
      await end(b, once);
      expect(await a.notices(port)).toEqual(['send-once']);
      expect((await a.status(port)).sorights).toBe(0);
    });
  }

  rule(
    'send-once: a message to a send-once right in a port that dies has used it: nobody is told',
    async ({ a, b }) => {
      const [port, told] = [await a.port(), await a.port()];
      const once = await a.give(MAKE_SEND_ONCE, port, b);
      await b.watch(once, DEAD, await b.port());
      await b.post({ disp: MOVE_SEND_ONCE, name: once });
      await a.destroy(port);
      expect(await a.notices(told)).toEqual([]);
    },
  );

  rule(
    'send-once: the registered no-senders right when its port dies; replacing or cancelling gives it back',
    async ({ a, b }) => {
      const [port, told] = [await a.port(), await a.port()];
      await b.sendRightTo(port, a);
      await a.watch(port, NO_SENDERS, told);
      const { name: previous } = await a.request(port, NO_SENDERS, told);
      expect(await a.notices(told)).toEqual([]);
      await a.destroy(port);
      expect(await a.notices(told)).toEqual(['send-once']);
      await a.deallocate(previous);
      expect(await a.notices(told)).toEqual(['send-once']);
    },
  );

  rule('exactly one message for each send-once right: the reply or the notification', async ({ a, b }) => {
    const port = await a.port();
    const [used, unused] = [await a.give(MAKE_SEND_ONCE, port, b), await a.give(MAKE_SEND_ONCE, port, b)];
    await b.post({ disp: MOVE_SEND_ONCE, name: used }, { id: 1 });
    expect(await b.deallocate(used)).toBe('KERN_INVALID_NAME');
    await b.deallocate(unused);
    expect(await b.send({ disp: MOVE_SEND_ONCE, name: unused })).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
    expect(await a.notices(port)).toEqual(['message 1', 'send-once']);
  });

  rule('send-once rights that travel on and on keep the promise', async ({ a, b, c }) => {
    const port = await a.port();
    const inB = await a.give(MAKE_SEND_ONCE, port, b);
    const inC = await b.give(MOVE_SEND_ONCE, inB, c);
    const back = await c.give(MOVE_SEND_ONCE, inC, a);
    expect(await a.type(back)).toBe(TYPE.SEND_ONCE);
    await a.deallocate(back);
    expect(await a.notices(port)).toEqual(['send-once']);
  });

  rule('no-senders fires for the receiver that has the port now', async ({ a, b, c }) => {
    const [port, told] = [await a.port(), await a.port()];
    const sender = await c.sendRightTo(port, a);
    await a.watch(port, NO_SENDERS, told);
    await a.give(MOVE_RECEIVE, port, b);
    await c.deallocate(sender);
    expect(await a.notices(told)).toEqual(['no-senders 0']);
  });

  rule('no-senders: the last right was in a message, that died, or was received and dropped', async ({ a, b }) => {
    const [port, told] = [await a.port(), await a.port()];
    for (const how of ['died', 'received'] as const) {
      const queue = await b.sender();
      const name = await b.sendRightTo(port, a);
      await a.watch(port, NO_SENDERS, told);
      await b.post(queue, { body: [named(MOVE_SEND, name)] });
      expect(await a.notices(told)).toEqual([]);
      if (how === 'died') await b.destroy(queue);
      else await b.deallocate(rightsOf(await b.take(queue))[0]?.name ?? 0);
      expect(await a.notices(told)).toHaveLength(1);
    }
  });

  rule(
    'no-senders: a right that another task has by COPY_SEND counts until that task drops it',
    async ({ a, b, c }) => {
      const [port, told] = [await a.sender(), await a.port()];
      await a.watch(port, NO_SENDERS, told);
      const inB = await a.give(COPY_SEND, port, b);
      await a.deallocate(port);
      const inC = await b.give(MOVE_SEND, inB, c);
      expect(await a.notices(told)).toEqual([]);
      await c.destroy(inC);
      expect(await a.notices(told)).toEqual(['no-senders 1']);
    },
  );

  rule('a notification for a port whose receive right is under way waits for its new holder', async ({ a, b }) => {
    const [told, queue] = [await a.port(), await a.sender()];
    const once = await a.once(told);
    await a.post(queue, { body: [named(MOVE_RECEIVE, told)] });
    await a.deallocate(once);
    const { mailbox } = await a.peer(b);
    const [moved] = rightsOf(await a.take(queue));
    await a.post(mailbox, { body: [named(MOVE_RECEIVE, moved?.name ?? 0)] });
    const [arrived] = rightsOf(await b.take(b.task.mailbox));
    expect(await b.notices(b.mine(arrived?.name ?? 0))).toEqual(['send-once']);
  });

  rule('a dead name that is given away arrives as DEAD and takes no request along', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, DEAD, told);
    await b.destroy(port);
    expect(await a.give(MOVE_SEND, name, b)).toBe(DEAD_NAME);
    expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
    expect(await a.deads(name)).toBe(1);
  });
});

async function oneSend(a: Actor, b: Actor): Promise<number> {
  return a.sendRightTo(await b.port(), b);
}

async function oneOnce(a: Actor, b: Actor): Promise<number> {
  return b.give(MAKE_SEND_ONCE, await b.port(), a);
}

async function failingBody(b: Actor, once: number): Promise<void> {
  const body = [named(MOVE_SEND_ONCE, once), named(MAKE_SEND, NONE)];
  expect((await b.send(await b.sender(), { body })).code).toBe('MACH_SEND_INVALID_RIGHT');
}

async function failingHeader(b: Actor, once: number): Promise<void> {
  const rest = { local: { disp: MOVE_SEND_ONCE, name: once }, body: [named(MAKE_SEND, NONE)] };
  expect((await b.send(await b.sender(), rest)).code).toBe('MACH_SEND_INVALID_RIGHT');
}

async function inDeadQueue(b: Actor, once: number): Promise<void> {
  const queue = await b.sender();
  await b.post(queue, { local: { disp: MOVE_SEND_ONCE, name: once } });
  await b.destroy(queue);
}

async function refused(b: Actor, once: number): Promise<void> {
  const queue = await b.sender();
  await b.post(queue, { local: { disp: MOVE_SEND_ONCE, name: once } });
  expect((await b.receive(queue, { size: 1 })).code).toBe('MACH_RCV_TOO_LARGE');
}
