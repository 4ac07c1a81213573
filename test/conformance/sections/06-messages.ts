import { DEAD_NAME, DISP, named, NULL_NAME, TYPE } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const INVALID_HEADER = { code: 'MACH_SEND_INVALID_HEADER' };
const NOBODY = { disp: 0, name: NULL_NAME };
const NONE = 0x2fff_ffff;

export const messages = section('§6 messages', (rule) => {
  for (const disp of [0, 1, 9, 15, MOVE_RECEIVE, 22, 100, 255]) {
    rule(
      `${disp} is no disposition for a destination: MACH_SEND_INVALID_HEADER, before any name is looked up`,
      async ({ a }) => {
        expect(await a.send({ disp, name: await a.sender() })).toEqual(INVALID_HEADER);
        expect(await a.send({ disp, name: NONE })).toEqual(INVALID_HEADER);
        expect(await a.send({ disp, name: NULL_NAME })).toEqual(INVALID_HEADER);
      },
    );
  }

  for (const disp of [1, 9, 15, MOVE_RECEIVE, 22, 100, 255]) {
    rule(
      `${disp} is no disposition for a reply right: MACH_SEND_INVALID_HEADER, before any name is looked up`,
      async ({ a }) => {
        const port = await a.sender();
        for (const name of [port, NULL_NAME, DEAD_NAME, NONE]) {
          expect(await a.send(port, { local: { disp, name } })).toEqual(INVALID_HEADER);
          expect(await a.send(NONE, { local: { disp, name } })).toEqual(INVALID_HEADER);
        }
      },
    );
  }

  rule('a reply disposition of 0 needs NULL', async ({ a }) => {
    const port = await a.sender();
    for (const name of [port, DEAD_NAME, NONE])
      expect(await a.send(port, { local: { disp: 0, name } })).toEqual(INVALID_HEADER);
    expect(await a.send(port, { local: NOBODY })).toEqual({ code: 0 });
    expect((await a.take(port)).remote).toEqual(NOBODY);
  });

  rule('with a reply disposition NULL and DEAD are legal reply ports', async ({ a }) => {
    const port = await a.sender(10);
    for (const disp of [MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE]) {
      for (const name of [NULL_NAME, DEAD_NAME]) {
        expect(await a.send(port, { local: { disp, name } })).toEqual({ code: 0 });
        expect((await a.take(port)).remote.name).toBe(name);
      }
    }
  });

  rule('as a destination NULL and DEAD are MACH_SEND_INVALID_DEST', async ({ a }) => {
    for (const name of [NULL_NAME, DEAD_NAME]) {
      for (const disp of [MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE])
        expect(await a.send({ disp, name })).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
    }
  });

  rule(
    'the header is swapped: local is the receiver’s own name for the port, remote the reply right',
    async ({ a, b }) => {
      const [port, answers] = [await a.port(), await b.port()];
      const name = await b.sendRightTo(port, a);
      await b.post(name, { local: { disp: MAKE_SEND_ONCE, name: answers }, id: 99 });
      const message = await a.take(port);
      expect(message.local).toEqual({ disp: MOVE_SEND, name: port });
      expect(message).toMatchObject({ id: 99, seqno: 0 });
      expect(message.remote.disp).toBe(MOVE_SEND_ONCE);
      expect(await a.type(message.remote.name)).toBe(TYPE.SEND_ONCE);
      await a.post(message.remote, { id: 100 });
      expect(await b.take(answers)).toMatchObject({
        id: 100,
        local: { disp: MOVE_SEND_ONCE, name: answers },
        remote: NOBODY,
      });
    },
  );

  for (const [disp, tells] of [
    [MOVE_SEND, MOVE_SEND],
    [COPY_SEND, MOVE_SEND],
    [MAKE_SEND, MOVE_SEND],
    [MAKE_SEND_ONCE, MOVE_SEND_ONCE],
    [MOVE_SEND_ONCE, MOVE_SEND_ONCE],
  ] as const) {
    rule(`a destination of ${disp}: local says ${tells}; the right is used up, not handed over`, async ({ a }) => {
      const port = await a.sender();
      const name = disp === MOVE_SEND_ONCE ? await a.once(port) : port;
      await a.post({ disp, name });
      const { sorights } = await a.status(port);
      expect(sorights).toBe(tells === MOVE_SEND_ONCE ? 1 : 0);
      expect((await a.take(port)).local).toEqual({ disp: tells, name: port });
      expect((await a.status(port)).sorights).toBe(0);
      expect(await a.sends(port)).toBe(disp === MOVE_SEND ? 0 : 1);
    });
  }

  for (const [disp, kind, type] of [
    [COPY_SEND, MOVE_SEND, TYPE.SEND],
    [MOVE_SEND, MOVE_SEND, TYPE.SEND],
    [MAKE_SEND, MOVE_SEND, TYPE.SEND],
    [MAKE_SEND_ONCE, MOVE_SEND_ONCE, TYPE.SEND_ONCE],
    [MOVE_SEND_ONCE, MOVE_SEND_ONCE, TYPE.SEND_ONCE],
  ] as const) {
    rule(`a reply right by ${disp}: remote is of kind ${kind}, and the receiver has it`, async ({ a, b }) => {
      const [port, answers] = [await a.port(), await b.sender()];
      const to = await b.sendRightTo(port, a);
      const name = disp === MOVE_SEND_ONCE ? await b.once(answers) : answers;
      await b.post(to, { local: { disp, name } });
      const { remote } = await a.take(port);
      expect([remote.disp, await a.type(a.mine(remote.name))]).toEqual([kind, type]);
      await a.post(remote, { id: 1 });
      expect(await b.drain(answers)).toEqual([1]);
    });
  }

  rule(
    'a message that was under way when the receive right moved names the port of its new receiver',
    async ({ a, b }) => {
      const port = await a.sender();
      await a.post(port, { id: 4 });
      const there = await a.give(MOVE_RECEIVE, port, b);
      expect((await b.take(there)).local).toEqual({ disp: MOVE_SEND, name: there });
    },
  );

  rule('without COMPLEX nothing in the body is a right', async ({ a }) => {
    const port = await a.sender();
    const body = [named(MOVE_RECEIVE, port), named(77, 5), named(MOVE_SEND, NONE)];
    expect(await a.send(port, { body, complex: false })).toEqual({ code: 0 });
    const message = await a.take(port);
    expect(message).toMatchObject({ complex: false, body: [{ disp: 16, name: port }, { disp: 77, name: 5 }, {}] });
    expect(await a.type(port)).toBe(TYPE.SEND | TYPE.RECEIVE);
  });

  rule('COMPLEX is set on a message with a right, and cleared on one without', async ({ a }) => {
    const port = await a.sender();
    await a.post(port, { body: [named(COPY_SEND, port)], complex: true });
    await a.post(port, { body: 'nothing', complex: true });
    await a.post(port, { body: [named(COPY_SEND, NULL_NAME)] });
    expect([(await a.take(port)).complex, (await a.take(port)).complex, (await a.take(port)).complex]).toEqual([
      true,
      false,
      true,
    ]);
  });

  rule('the body arrives equal, its rights in their places, and nothing of it is lost', async ({ a, b }) => {
    const port = await a.port();
    const to = await b.sendRightTo(port, a);
    const body = { n: 1, deep: [{ right: named(COPY_SEND, to) }, 'text'], bytes: new Uint8Array([1, 2, 3]) };
    await b.post(to, { body });
    expect((await a.take(port)).body).toEqual({ ...body, deep: [{ right: named(MOVE_SEND, port) }, 'text'] });
    expect(await a.sends(port)).toBe(1);
  });

  rule('an array of rights: each is a right of its own', async ({ a, b }) => {
    const port = await a.port();
    const to = await b.sendRightTo(port, a);
    const given = await b.sender();
    await b.post(to, { body: { list: Array.from({ length: 20 }, () => named(COPY_SEND, given)), none: [] } });
    const { body } = await a.take(port);
    const { list } = body as { list: { name: number }[] };
    expect(list).toHaveLength(20);
    expect(await a.sends(a.mine(list[0]?.name ?? 0))).toBe(20);
  });

  rule('the id is the receiver’s to read, any 32 bits', async ({ a }) => {
    const port = await a.sender();
    for (const id of [0, 1, 0x7fff_ffff, 0xffff_ffff]) {
      await a.post(port, { id });
      expect((await a.take(port)).id).toBe(id);
    }
  });

  rule('a reply to a reply: send-once rights are each good for one message', async ({ a, b }) => {
    const [client, server] = [await a.port(), await b.port()];
    const to = await a.sendRightTo(server, b);
    await a.post(to, { local: { disp: MAKE_SEND_ONCE, name: client } });
    const { remote } = await b.take(server);
    await b.post(remote);
    expect(await b.send(remote)).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
    expect(rightsOf(await a.take(client))).toEqual([]);
  });
});
