import { DEAD_NAME, DISP, type MsgResult, type Name, named, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;

const NOTHING = { disp: 0, name: NULL_NAME };

/** Three ways for a send to come back. */
const WAYS: [string, string, (a: Actor, to: Parameters<Actor['send']>[0], rest: object) => Promise<MsgResult>][] = [
  ['a poll', 'MACH_SEND_TIMED_OUT', (a, to, rest) => a.send(to, rest)],
  [
    'a timeout',
    'MACH_SEND_TIMED_OUT',
    async (a, to, rest) => (await a.beginSend(to, { ...rest, sendTimeout: 3 })).result,
  ],
  [
    'an abort',
    'MACH_SEND_INTERRUPTED',
    async (a, to, rest) => {
      const begun = await a.beginSend(to, rest);
      await begun.interrupt();
      return begun.result;
    },
  ],
];

export const pseudoReceive = section('§7 pseudo-receive', (rule) => {
  for (const [way, code, unsent] of WAYS) {
    rule(`${way}: the header comes back unswapped, of the received kinds, with id and body`, async ({ a, b }) => {
      const [full, answers] = [await b.port(0), await a.port()];
      const to = await a.sendRightTo(full, b);
      const body = { text: 'still here', right: named(MAKE_SEND, answers) };
      const result = await unsent(a, to, { local: { disp: MAKE_SEND_ONCE, name: answers }, id: 6, body });
      expect(result).toEqual({
        code,
        returned: {
          remote: { disp: MOVE_SEND, name: to },
          local: { disp: MOVE_SEND_ONCE, name: expect.any(Number) as number },
          id: 6,
          body: { text: 'still here', right: named(MOVE_SEND, answers) },
          complex: true,
        },
      });
      expect(await a.sends(to)).toBe(2);
      expect(await a.type(a.mine(result.returned?.local?.name ?? 0))).toBe(TYPE.SEND_ONCE);
      expect(await a.status(answers)).toMatchObject({ mscount: 1, srights: true, sorights: 1 });
    });

    rule(`${way}: sent again as it is, over and over, nothing leaks; at last it goes`, async ({ a, b }) => {
      const [full, answers, carried] = [await b.port(0), await a.port(), await a.sender()];
      const to = await a.sendRightTo(full, b);
      let { returned } = await unsent(a, to, {
        local: { disp: MAKE_SEND_ONCE, name: answers },
        body: [named(COPY_SEND, carried)],
        id: 1,
      });
      const before = [(await a.names()).size, await a.sends(to), await a.sends(carried)];
      for (let i = 0; i < 3; i += 1) {
        if (returned === undefined) throw new Error('nothing came back');
        const { remote, ...rest } = returned;
        ({ returned } = await unsent(a, remote, rest));
        expect([(await a.names()).size, await a.sends(to), await a.sends(carried)]).toEqual(before);
      }
      await b.setQlimit(full, 1);
      if (returned === undefined) throw new Error('nothing came back');
      expect(await a.task.msg({ send: returned })).toEqual({ code: 0 });
      expect([await a.sends(to), await a.sends(carried)]).toEqual([1, 1]);
      const message = await b.take(full);
      b.mine(rightsOf(message)[0]?.name ?? 0);
      await b.post(message.remote, { id: 2 });
      expect(await a.drain(answers)).toEqual([2]);
    });
  }

  for (const [disp, refs, after] of [
    [COPY_SEND, 1, 2],
    [MOVE_SEND, 1, 1],
    [MOVE_SEND, 3, 3],
  ] as const) {
    rule(`a destination by ${disp} of a name with ${refs}: it has ${after} afterwards`, async ({ a, b }) => {
      const full = await b.port(0);
      const name = await a.sendRightTo(full, b);
      if (refs > 1) await a.modRefs(name, RIGHT.SEND, refs - 1);
      const { returned } = await a.send({ disp, name });
      const back = a.mine(returned?.remote.name ?? 0);
      expect(returned?.remote.disp).toBe(MOVE_SEND);
      expect(await a.sends(back)).toBe(after);
      if (disp === COPY_SEND || refs > 1) expect(back).toBe(name);
    });
  }

  rule('a destination by MAKE_SEND: a send right appears, mscount stays bumped', async ({ a }) => {
    const full = await a.port(0);
    const { returned } = await a.send({ disp: MAKE_SEND, name: full });
    expect(returned?.remote).toEqual({ disp: MOVE_SEND, name: full });
    expect(await a.type(full)).toBe(TYPE.SEND | TYPE.RECEIVE);
    expect(await a.status(full)).toMatchObject({ mscount: 1, srights: true });
  });

  for (const [what, disp, arrives] of [
    ['MAKE_SEND_ONCE', MAKE_SEND_ONCE, MOVE_SEND_ONCE],
    ['MOVE_SEND_ONCE', MOVE_SEND_ONCE, MOVE_SEND_ONCE],
    ['MAKE_SEND', MAKE_SEND, MOVE_SEND],
    ['COPY_SEND', COPY_SEND, MOVE_SEND],
    ['MOVE_SEND', MOVE_SEND, MOVE_SEND],
  ] as const) {
    rule(`reply and body by ${what} come back as ${arrives}, and nobody is told anything`, async ({ a, b }) => {
      const [full, port] = [await b.port(0), await a.sender()];
      const to = await a.sendRightTo(full, b);
      const give = async (): Promise<Name> => (disp === MOVE_SEND_ONCE ? a.once(port) : port);
      if (disp === MOVE_SEND) await a.makeSend(port);
      const { mscount } = await a.status(port);
      const [reply, item] = [await give(), await give()];
      const { returned } = await a.send(to, { local: { disp, name: reply }, body: [named(disp, item)] });
      const [back = NOTHING] = rightsOf(returned);
      expect([returned?.local?.disp, back.disp]).toEqual([arrives, arrives]);
      const names = [a.mine(returned?.local?.name ?? 0), a.mine(back.name)];
      if (arrives === MOVE_SEND) {
        expect(names).toEqual([port, port]);
        const made = disp === MAKE_SEND ? 2 : 0;
        expect((await a.status(port)).mscount).toBe(mscount + made);
        expect(await a.sends(port)).toBe(disp === MOVE_SEND ? 2 : 3);
      } else {
        for (const name of names) expect(await a.type(name)).toBe(TYPE.SEND_ONCE);
        expect(new Set(names).size).toBe(2);
        expect((await a.status(port)).sorights).toBe(2);
      }
      expect(await a.notices(port)).toEqual([]);
    });
  }

  rule(
    'MOVE_RECEIVE of a name with send rights: it is back under that name, mscount, seqno and set reset',
    async ({ a }) => {
      const [full, port] = [await a.sender(0), await a.sender()];
      await a.postMany(port, 2);
      await a.take(port);
      const set = await a.set(port);
      const { returned } = await a.send(full, { body: [named(MOVE_RECEIVE, port)] });
      expect(returned?.body).toEqual([named(MOVE_RECEIVE, port)]);
      expect(await a.type(port)).toBe(TYPE.SEND | TYPE.RECEIVE);
      expect(await a.status(port)).toMatchObject({ mscount: 0, seqno: 0, pset: NULL_NAME, msgcount: 1 });
      expect(await a.members(set)).toEqual([]);
      expect(await a.drain(port)).toEqual([1]);
    },
  );

  rule(
    'MOVE_RECEIVE of a name without send rights: the right is back, with its queue and senders',
    async ({ a, b }) => {
      const [full, port] = [await a.sender(0), await a.port()];
      const there = await b.sendRightTo(port, a);
      await b.post(there, { id: 9 });
      const { returned } = await a.send(full, { body: [named(MOVE_RECEIVE, port)] });
      const [back = NOTHING] = rightsOf(returned);
      expect(back.disp).toBe(MOVE_RECEIVE);
      expect(await a.type(a.mine(back.name))).toBe(TYPE.RECEIVE);
      await b.post(there, { id: 10 });
      expect(await a.drain(back.name)).toEqual([9, 10]);
    },
  );

  rule('a receiver that waited on a moved receive right is not brought back with it', async ({ a }) => {
    const [full, port] = [await a.sender(0), await a.sender()];
    const waiting = await a.beginReceive(port);
    await a.send(full, { body: [named(MOVE_RECEIVE, port)] });
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_PORT_DIED' });
    expect((await a.status(port)).mscount).toBe(0);
  });

  rule('a port-deleted that the copyin sent is not undone', async ({ a, b }) => {
    const [full, told] = [await a.sender(0), await a.port()];
    const name = await a.sendRightTo(await b.port(), b);
    await a.watch(name, NOTIFY.DEAD_NAME, told);
    const { returned } = await a.send(full, { body: [named(MOVE_SEND, name)] });
    const [back = NOTHING] = rightsOf(returned);
    expect(await a.notices(told)).toEqual([`port-deleted ${name}`]);
    expect(await a.type(a.mine(back.name))).toBe(TYPE.SEND);
  });

  rule('NULL and DEAD come back as what they are', async ({ a }) => {
    const [full, dead] = [await a.sender(0), await a.deadName(2)];
    const { returned } = await a.send(full, {
      local: { disp: MOVE_SEND, name: dead },
      body: [named(COPY_SEND, NULL_NAME), named(MOVE_SEND_ONCE, DEAD_NAME)],
    });
    expect(returned?.local).toEqual({ disp: MOVE_SEND, name: DEAD_NAME });
    expect(returned?.body).toEqual([named(MOVE_SEND, NULL_NAME), named(MOVE_SEND_ONCE, DEAD_NAME)]);
    expect(await a.deads(dead)).toBe(1);
  });

  rule('a right that died while the message waited comes back as DEAD', async ({ a, b }) => {
    const [full, port] = [await a.sender(0), await b.port()];
    const name = await a.sendRightTo(port, b);
    const blocked = await a.beginSend(full, { body: [named(MOVE_SEND, name)] });
    await b.destroy(port);
    await blocked.interrupt();
    expect((await blocked.result).returned?.body).toEqual([named(MOVE_SEND, DEAD_NAME)]);
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
  });

  rule('a message that came back is in no queue, and its destination right is the sender’s again', async ({ a, b }) => {
    const full = await b.port(0);
    const name = await a.sendRightTo(full, b);
    await b.watch(full, NOTIFY.NO_SENDERS, full);
    const { returned } = await a.send({ disp: MOVE_SEND, name });
    await b.setQlimit(full, 5);
    expect(await b.receive(full)).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    await a.deallocate(returned?.remote.name ?? 0);
    expect(await b.notices(full)).toEqual(['no-senders 1']);
  });

  rule('nothing but a full queue brings a message back', async ({ a }) => {
    const port = await a.sender();
    for (const rest of [
      { body: [named(COPY_SEND, 0x2fff_ffff)] },
      { local: { disp: COPY_SEND, name: 0x2fff_ffff } },
      {},
    ])
      expect((await a.send(port, rest)).returned).toBeUndefined();
    await a.drain(port);
  });
});
