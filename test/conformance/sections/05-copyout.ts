import { DEAD_NAME, DISP, named, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;

export const copyout = section('§5 copyout: a right arrives in a task', (rule) => {
  rule('a send right reuses a name with a send right: one reference more', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    expect(await b.give(MAKE_SEND, port, a)).toBe(name);
    expect(await a.sends(name)).toBe(2);
  });

  rule('a send right reuses a name with a receive right alone', async ({ a, b }) => {
    const port = await a.port();
    const there = await b.sendRightTo(port, a);
    expect(await b.give(MOVE_SEND, there, a)).toBe(port);
    expect([await a.type(port), await a.sends(port)]).toEqual([TYPE.SEND | TYPE.RECEIVE, 1]);
  });

  rule('a send right for an unknown port gets a new name with one reference', async ({ a, b }) => {
    const before = await a.names();
    const name = await a.sendRightTo(await b.port(), b);
    expect(before.has(name)).toBe(false);
    expect([await a.type(name), await a.sends(name)]).toEqual([TYPE.SEND, 1]);
  });

  rule('a send-once right always gets a new name', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    const once = [await b.give(MAKE_SEND_ONCE, port, a), await b.give(MAKE_SEND_ONCE, port, a)];
    expect(new Set([name, ...once]).size).toBe(3);
    expect(await a.sends(name)).toBe(1);
  });

  rule('a receive right joins the name of the send rights, else it gets a new one', async ({ a, b }) => {
    const [port, other] = [await b.port(), await b.port()];
    const name = await a.sendRightTo(port, b);
    expect(await b.give(MOVE_RECEIVE, port, a)).toBe(name);
    const fresh = await b.give(MOVE_RECEIVE, other, a);
    expect(fresh).not.toBe(name);
    expect(await a.type(fresh)).toBe(TYPE.RECEIVE);
  });

  for (const [disp, arrives] of [
    [COPY_SEND, MOVE_SEND],
    [MAKE_SEND_ONCE, MOVE_SEND_ONCE],
  ] as const) {
    rule(`a port that died on the way arrives as DEAD, of kind ${arrives}; no entry is made`, async ({ a, b }) => {
      const [queue, port] = [await a.sender(), await b.sender()];
      const inB = await b.sendRightTo(queue, a);
      await b.post(inB, { local: { disp, name: port }, body: [named(disp, port)] });
      await b.destroy(port);
      const before = await a.names();
      const message = await a.take(queue);
      expect(message.remote).toEqual({ disp: arrives, name: DEAD_NAME });
      expect(rightsOf(message)).toEqual([{ disp: arrives, name: DEAD_NAME }]);
      expect(await a.names()).toEqual(before);
    });
  }

  rule('a port that died arrives as DEAD even if the receiver has an old, dead name for it', async ({ a, b }) => {
    const [queue, port] = [await a.sender(), await b.sender()];
    const [inB, old] = [await b.sendRightTo(queue, a), await a.sendRightTo(port, b)];
    await b.post(inB, { body: [named(COPY_SEND, port)] });
    await b.destroy(port);
    expect(rightsOf(await a.take(queue))).toEqual([{ disp: MOVE_SEND, name: DEAD_NAME }]);
    expect([await a.type(old), await a.deads(old)]).toEqual([TYPE.DEAD_NAME, 1]);
  });

  rule('what arrives is MOVE_RECEIVE, MOVE_SEND or MOVE_SEND_ONCE', async ({ a }) => {
    const [queue, port, going] = [await a.sender(), await a.sender(), await a.sender()];
    const once = await a.once(port);
    await a.post(queue, {
      body: [
        named(MOVE_SEND, port),
        named(MOVE_SEND_ONCE, once),
        named(COPY_SEND, going),
        named(MAKE_SEND, port),
        named(MAKE_SEND_ONCE, port),
        named(MOVE_RECEIVE, going),
      ],
    });
    const rights = rightsOf(await a.take(queue));
    expect(rights.map(({ disp }) => disp)).toEqual([17, 18, 17, 17, 18, 16]);
    await a.deallocate(rights[1]?.name ?? 0);
    await a.deallocate(rights[4]?.name ?? 0);
  });

  rule('NULL and DEAD travel unchanged', async ({ a }) => {
    const queue = await a.sender();
    await a.post(queue, {
      local: { disp: COPY_SEND, name: DEAD_NAME },
      body: [named(COPY_SEND, NULL_NAME), named(MOVE_SEND_ONCE, DEAD_NAME), named(MOVE_RECEIVE, NULL_NAME)],
    });
    const message = await a.take(queue);
    expect(message.remote).toEqual({ disp: MOVE_SEND, name: DEAD_NAME });
    expect(rightsOf(message).map(({ name }) => name)).toEqual([NULL_NAME, DEAD_NAME, NULL_NAME]);
  });

  rule(
    'several rights for one port in a message: send rights share a name, send-once rights do not',
    async ({ a, b }) => {
      const [queue, port] = [await a.sender(), await b.port()];
      const inB = await b.sendRightTo(queue, a);
      const body = [MAKE_SEND, MAKE_SEND, MAKE_SEND_ONCE, MAKE_SEND_ONCE].map((disp) => named(disp, port));
      await b.post(inB, { local: { disp: MAKE_SEND, name: port }, body });
      const message = await a.take(queue);
      const names = [message.remote, ...rightsOf(message)].map(({ name }) => a.mine(name));
      expect(new Set(names).size).toBe(3);
      expect(await a.sends(names[0] ?? 0)).toBe(3);
    },
  );

  rule('a receive right and send rights for it in one message end under one name', async ({ a, b }) => {
    const [queue, port] = [await a.sender(), await b.sender()];
    const inB = await b.sendRightTo(queue, a);
    await b.post(inB, { body: [named(COPY_SEND, port), named(MOVE_RECEIVE, port), named(MOVE_SEND, port)] });
    const names = rightsOf(await a.take(queue)).map(({ name }) => a.mine(name));
    expect(new Set(names).size).toBe(1);
    expect(await a.sends(names[0] ?? 0)).toBe(2);
    expect(await a.refs(names[0] ?? 0, RIGHT.RECEIVE)).toBe(1);
  });

  rule(
    'a reference that is dropped at the maximum is no sender: no-senders fires as if it had not come',
    async ({ a, b }) => {
      const port = await b.port();
      const name = await a.sendRightTo(port, b);
      await a.modRefs(name, RIGHT.SEND, 65_533);
      await b.give(MAKE_SEND, port, a);
      await b.watch(port, NOTIFY.NO_SENDERS, port);
      await a.destroy(name);
      expect(await b.notices(port)).toEqual(['no-senders 2']);
    },
  );

  rule('a task that has the send right only keeps its name when the receive right goes by', async ({ a, b, c }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    const inC = await b.give(MOVE_RECEIVE, port, c);
    await a.post(name, { id: 8 });
    expect(await c.drain(inC)).toEqual([8]);
    expect(await a.type(name)).toBe(TYPE.SEND);
  });
});
