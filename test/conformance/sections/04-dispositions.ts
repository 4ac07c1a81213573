import { DEAD_NAME, DISP, named, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const ALL = [MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE];
const HELD = ['RECEIVE', 'SEND', 'SEND+RECEIVE', 'SEND_ONCE', 'PORT_SET', 'DEAD_NAME'] as const;

/** What a sender has to hold for each disposition, what it has afterwards, and what arrives. */
const ROWS = [
  { disp: MOVE_RECEIVE, from: ['RECEIVE', 'SEND+RECEIVE'], arrives: MOVE_RECEIVE },
  { disp: MOVE_SEND, from: ['SEND', 'SEND+RECEIVE', 'DEAD_NAME'], arrives: MOVE_SEND },
  { disp: MOVE_SEND_ONCE, from: ['SEND_ONCE', 'DEAD_NAME'], arrives: MOVE_SEND_ONCE },
  { disp: COPY_SEND, from: ['SEND', 'SEND+RECEIVE', 'DEAD_NAME'], arrives: MOVE_SEND },
  { disp: MAKE_SEND, from: ['RECEIVE', 'SEND+RECEIVE'], arrives: MOVE_SEND },
  { disp: MAKE_SEND_ONCE, from: ['RECEIVE', 'SEND+RECEIVE'], arrives: MOVE_SEND_ONCE },
];

export const dispositions = section('§4 dispositions: what the sender must hold', (rule) => {
  for (const { disp, from, arrives } of ROWS) {
    for (const kind of HELD) {
      const word = wordOf(disp);
      if (from.includes(kind)) {
        rule(`${word} of ${kind} arrives as ${wordOf(arrives)}`, async ({ a, b, c }) => {
          const name = await hold(kind, a, c);
          const { mailbox } = await a.peer(b);
          await a.post(mailbox, { body: [named(disp, name)] });
          const [right] = rightsOf(await b.take(b.task.mailbox));
          b.mine(right?.name ?? 0);
          expect(right?.disp).toBe(arrives);
          expect(right?.name === DEAD_NAME).toBe(kind === 'DEAD_NAME');
        });
      } else {
        rule(
          `${word} of ${kind} is MACH_SEND_INVALID_RIGHT in a body, and KERN_INVALID_RIGHT in a call`,
          async ({ a, b, c }) => {
            const name = await hold(kind, a, c);
            const { mailbox } = await a.peer(b);
            expect(await a.send(mailbox, { body: [named(disp, name)] })).toEqual({ code: 'MACH_SEND_INVALID_RIGHT' });
            expect((await a.extract(name, disp)).code).toBe('KERN_INVALID_RIGHT');
            expect(await a.send(mailbox, { local: { disp, name } })).toEqual({
              code: disp === MOVE_RECEIVE ? 'MACH_SEND_INVALID_HEADER' : 'MACH_SEND_INVALID_REPLY',
            });
          },
        );
      }
    }
  }

  rule('MOVE_RECEIVE takes the receive right; send references stay under the name', async ({ a, b }) => {
    const port = await a.sender();
    await a.makeSend(port);
    await a.give(MOVE_RECEIVE, port, b);
    expect([await a.type(port), await a.sends(port)]).toEqual([TYPE.SEND, 2]);
    const bare = await a.port();
    await a.give(MOVE_RECEIVE, bare, b);
    expect(await a.type(bare)).toBe('KERN_INVALID_NAME');
  });

  rule('MOVE_SEND takes one reference; with the last the send part of the name goes', async ({ a, b }) => {
    const port = await a.sender();
    await a.makeSend(port);
    await a.give(MOVE_SEND, port, b);
    expect(await a.sends(port)).toBe(1);
    await a.give(MOVE_SEND, port, b);
    expect(await a.type(port)).toBe(TYPE.RECEIVE);
    const there = await b.give(DISP.MAKE_SEND, await b.port(), a);
    await a.give(MOVE_SEND, there, b);
    expect(await a.type(there)).toBe('KERN_INVALID_NAME');
  });

  rule('MOVE_SEND_ONCE takes the name', async ({ a, b }) => {
    const once = await a.once(await a.port());
    await a.give(MOVE_SEND_ONCE, once, b);
    expect(await a.type(once)).toBe('KERN_INVALID_NAME');
  });

  rule('COPY_SEND, MAKE_SEND and MAKE_SEND_ONCE take nothing', async ({ a, b }) => {
    const port = await a.sender();
    for (const disp of [COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE]) await a.give(disp, port, b);
    expect([await a.type(port), await a.sends(port)]).toEqual([TYPE.SEND | TYPE.RECEIVE, 1]);
  });

  for (const was of ['SEND', 'SEND_ONCE'] as const) {
    rule(
      `a name that died as ${was} goes with COPY_SEND, MOVE_SEND and MOVE_SEND_ONCE, whatever it was`,
      async ({ a, b }) => {
        const port = await b.port();
        const name = await b.give(was === 'SEND' ? MAKE_SEND : MAKE_SEND_ONCE, port, a);
        await b.destroy(port);
        await a.modRefs(name, RIGHT.DEAD_NAME, 2);
        const queue = await a.sender();
        await a.post(queue, { body: [named(COPY_SEND, name), named(MOVE_SEND, name), named(MOVE_SEND_ONCE, name)] });
        expect(await a.deads(name)).toBe(1);
        expect(rightsOf(await a.take(queue))).toEqual([
          { disp: MOVE_SEND, name: DEAD_NAME },
          { disp: MOVE_SEND, name: DEAD_NAME },
          { disp: MOVE_SEND_ONCE, name: DEAD_NAME },
        ]);
        await a.post(queue, { local: { disp: MOVE_SEND, name } });
        expect(await a.type(name)).toBe('KERN_INVALID_NAME');
        expect((await a.take(queue)).remote).toEqual({ disp: MOVE_SEND, name: DEAD_NAME });
      },
    );
  }

  rule('a dead name is accepted as the reply port, and the receiver sees DEAD', async ({ a }) => {
    const [queue, dead] = [await a.sender(), await a.deadName(2)];
    for (const [disp, arrives] of [
      [COPY_SEND, MOVE_SEND],
      [MOVE_SEND_ONCE, MOVE_SEND_ONCE],
    ] as const) {
      await a.post(queue, { local: { disp, name: dead } });
      expect((await a.take(queue)).remote).toEqual({ disp: arrives, name: DEAD_NAME });
    }
    expect(await a.deads(dead)).toBe(1);
    for (const disp of [MAKE_SEND, MAKE_SEND_ONCE])
      expect((await a.send(queue, { local: { disp, name: dead } })).code).toBe('MACH_SEND_INVALID_REPLY');
  });

  for (const disp of [MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE]) {
    rule(
      `a dead name as the destination is MACH_SEND_INVALID_DEST with ${wordOf(disp)}, and keeps its references`,
      async ({ a }) => {
        const dead = await a.deadName(2);
        expect(await a.send({ disp, name: dead })).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
        expect(await a.deads(dead)).toBe(2);
      },
    );
  }

  rule('moving away the last of a name with a dead-name request is a port-deleted', async ({ a, b }) => {
    const told = await a.port();
    const send = await a.sendRightTo(await b.port(), b);
    const once = await b.give(MAKE_SEND_ONCE, await b.port(), a);
    const receive = await a.port();
    for (const name of [send, once, receive]) await a.watch(name, 72, told);
    await a.give(MOVE_SEND, send, b);
    await a.give(MOVE_SEND_ONCE, once, b);
    await a.give(MOVE_RECEIVE, receive, b);
    expect(await a.notices(told)).toEqual([`port-deleted ${send}`, `port-deleted ${once}`, `port-deleted ${receive}`]);
  });

  rule('NULL and DEAD in a body are no names to look up: they travel with each disposition', async ({ a }) => {
    const queue = await a.sender();
    const body = ALL.flatMap((disp) => [named(disp, NULL_NAME), named(disp, DEAD_NAME)]);
    await a.post(queue, { body });
    expect(rightsOf(await a.take(queue)).map(({ name }) => name)).toEqual(ALL.flatMap(() => [NULL_NAME, DEAD_NAME]));
  });
});

async function hold(kind: (typeof HELD)[number], a: Actor, c: Actor): Promise<number> {
  switch (kind) {
    case 'RECEIVE':
      return a.port();
    case 'SEND':
      return a.sendRightTo(await c.port(), c);
    case 'SEND+RECEIVE':
      return a.sender();
    case 'SEND_ONCE':
      return c.give(MAKE_SEND_ONCE, await c.port(), a);
    case 'PORT_SET':
      return a.set();
    case 'DEAD_NAME':
      return a.deadName();
  }
}

function wordOf(disp: number): string {
  return Object.entries(DISP).find(([, value]) => value === disp)?.[0] ?? String(disp);
}
