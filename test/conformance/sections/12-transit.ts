import { DISP, type Name, named, NOTIFY, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;

export const transit = section('§12 rights in transit, cycles', (rule) => {
  rule(
    'messages may be sent to a port whose receive right is under way; they wait for its new owner',
    async ({ a, b, c }) => {
      const [port, queue] = [await a.port(), await b.port()];
      const [sender, to] = [await c.sendRightTo(port, a), await a.sendRightTo(queue, b)];
      await c.post(sender, { id: 0 });
      await a.post(to, { body: [named(MOVE_RECEIVE, port)] });
      await c.postMany(sender, 2, 1);
      const [right] = rightsOf(await b.take(queue));
      expect(await b.drain(b.mine(right?.name ?? 0))).toEqual([0, 1, 2]);
    },
  );

  rule('a port in a message dies with the queue it is in', async ({ a, b, c }) => {
    const [port, queue] = [await a.port(), await b.port()];
    const [sender, to] = [await c.sendRightTo(port, a), await a.sendRightTo(queue, b)];
    await a.post(to, { body: [named(MOVE_RECEIVE, port)] });
    expect(await c.type(sender)).toBe(TYPE.SEND);
    await b.destroy(queue);
    expect(await c.type(sender)).toBe(TYPE.DEAD_NAME);
  });

  rule('a port in a message goes to its backup if the queue dies', async ({ a, b, c }) => {
    const [port, queue, backup] = [await a.port(), await b.port(), await c.port()];
    const [sender, to] = [await c.sendRightTo(port, a), await a.sendRightTo(queue, b)];
    await a.watch(port, NOTIFY.PORT_DESTROYED, { disp: 18, name: await c.give(MAKE_SEND_ONCE, backup, a) });
    await a.post(to, { body: [named(MOVE_RECEIVE, port)] });
    await b.destroy(queue);
    expect((await c.take(backup)).notification?.right?.name).toBe(sender);
  });

  rule('a port sent to itself: SUCCESS, and it dies with the message', async ({ a, b }) => {
    const [port, answers] = [await a.sender(), await b.port()];
    const there = await b.sendRightTo(port, a);
    const once = await b.give(MAKE_SEND_ONCE, answers, a);
    await a.post(port, { local: { disp: 18, name: once }, body: [named(MOVE_RECEIVE, port)] });
    expect([await a.type(port), await b.type(there)]).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
    expect(await b.notices(answers)).toEqual(['send-once']);
  });

  rule('a port sent to itself with what is queued already: all of it is destroyed', async ({ a, b }) => {
    const [port, carried, answers] = [await a.sender(), await b.port(), await b.port()];
    const inB = await b.sendRightTo(port, a);
    const watched = await a.sendRightTo(carried, b);
    await b.post(inB, { local: { disp: MAKE_SEND_ONCE, name: answers }, body: [named(MOVE_RECEIVE, carried)] });
    await a.post(port, { body: [named(MOVE_RECEIVE, port)] });
    expect(await b.notices(answers)).toEqual(['send-once']);
    expect([await a.type(watched), await b.type(inB)]).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
  });

  for (const length of [2, 3, 5]) {
    rule(`a cycle of ${length} ports: SUCCESS, and everything that it reaches dies`, async ({ a, b }) => {
      const ports = await ring(a, length);
      const watched = await Promise.all(ports.map((port) => b.sendRightTo(port, a)));
      const beside = await a.sender();
      await a.post(ports[0] ?? 0, { body: [named(MOVE_RECEIVE, beside)] });
      await close(a, ports);
      for (const name of watched) expect(await b.type(name)).toBe(TYPE.DEAD_NAME);
      for (const port of [...ports, beside]) expect(await a.type(port)).toBe(TYPE.DEAD_NAME);
    });
  }

  rule('a receive right that goes to a port which waits elsewhere is no cycle', async ({ a }) => {
    const [outer, middle, inner] = [await a.sender(), await a.sender(), await a.sender()];
    await a.post(outer, { body: [named(MOVE_RECEIVE, middle)] });
    await a.post(middle, { body: [named(MOVE_RECEIVE, inner)] });
    await a.post(inner, { id: 3 });
    expect(rightsOf(await a.take(outer))).toEqual([named(MOVE_RECEIVE, middle)]);
    expect(rightsOf(await a.take(middle))).toEqual([named(MOVE_RECEIVE, inner)]);
    expect(await a.drain(inner)).toEqual([3]);
  });

  rule('send rights queued to their own port are no cycle; no-senders waits for that message', async ({ a, b }) => {
    const [port, told] = [await b.port(), await b.port()];
    const name = await a.sendRightTo(port, b);
    await b.watch(port, NOTIFY.NO_SENDERS, told);
    await a.post({ disp: COPY_SEND, name }, { body: [named(MOVE_SEND, name)] });
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    expect(await b.notices(told)).toEqual([]);
    const [right] = rightsOf(await b.take(port));
    expect(right).toEqual(named(MOVE_SEND, port));
    expect(await b.notices(told)).toEqual([]);
    await b.deallocate(port);
    expect(await b.notices(told)).toEqual(['no-senders 1']);
  });

  rule('a port with its own send rights in its queue dies whole', async ({ a }) => {
    const [port, told] = [await a.sender(), await a.port()];
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await a.post(port, {
      body: [named(COPY_SEND, port), named(MAKE_SEND_ONCE, port)],
      local: { disp: MAKE_SEND, name: port },
    });
    await a.killPort(port);
    expect(await a.notices(told)).toEqual(['send-once']);
    expect(await a.deads(port)).toBe(1);
  });

  rule('a full queue is told before a cycle: the message comes back, and the port lives', async ({ a }) => {
    const port = await a.sender(0);
    const { code, returned } = await a.send(port, { body: [named(MOVE_RECEIVE, port)] });
    expect(code).toBe('MACH_SEND_TIMED_OUT');
    expect(rightsOf(returned)).toEqual([named(MOVE_RECEIVE, port)]);
    expect(await a.type(port)).toBe(TYPE.SEND | TYPE.RECEIVE);
    await a.setQlimit(port, 1);
    await a.post(port, { id: 1 });
    expect(await a.drain(port)).toEqual([1]);
  });

  rule('a message that would close a cycle and fails after that item dies with its port', async ({ a, b }) => {
    const port = await a.sender();
    const there = await b.sendRightTo(port, a);
    const body = [named(MOVE_RECEIVE, port), named(COPY_SEND, 0x2fff_ffff)];
    expect((await a.send(port, { body })).code).toBe('MACH_SEND_INVALID_RIGHT');
    expect(await b.type(there)).toBe(TYPE.DEAD_NAME);
  });

  rule('a receive right goes on and on, from task to task, and loses nothing', async ({ a, b, c }) => {
    const port = await a.port(10);
    const sender = await b.sendRightTo(port, a);
    let [holder, name]: [Actor, Name] = [a, port];
    let id = 0;
    for (const next of [b, c, a, c, b, a]) {
      await b.post(sender, { id: (id += 1) });
      name = await holder.give(MOVE_RECEIVE, name, next);
      holder = next;
    }
    await b.post(sender, { id: (id += 1) });
    expect(await holder.drain(name)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  rule('who waits in a full queue follows a receive right that is under way, into death too', async ({ a, b }) => {
    const [port, queue] = [await a.port(0), await a.sender()];
    const to = await b.sendRightTo(port, a);
    const blocked = await b.beginSend(to);
    await a.post(queue, { body: [named(MOVE_RECEIVE, port)] });
    await a.destroy(queue);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await b.type(to)).toBe(TYPE.DEAD_NAME);
  });
});

async function ring(a: Actor, length: number): Promise<Name[]> {
  const ports: Name[] = [];
  for (let i = 0; i < length; i += 1) ports.push(await a.sender());
  return ports;
}

/** Each goes into the queue of the next; the last into that of the first closes the cycle. */
async function close(a: Actor, ports: readonly Name[]): Promise<void> {
  for (const [i, port] of ports.entries()) {
    const next = ports[(i + 1) % ports.length] ?? 0;
    expect(await a.send(next, { body: [named(MOVE_RECEIVE, port)] })).toEqual({ code: 0 });
  }
}
