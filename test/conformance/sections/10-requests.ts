import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, TYPE } from 'easync';
import { expect } from 'vitest';
import type { Actor } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_SEND, MOVE_SEND_ONCE, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const { PORT_DESTROYED, NO_SENDERS, SEND_POSSIBLE } = NOTIFY;
const DEAD = NOTIFY.DEAD_NAME;
const NONE = 0x2fff_ffff;

/** For each kind of request: a name it can be made on. */
const KINDS: [string, number, (a: Actor, b: Actor) => Promise<number>][] = [
  ['PORT_DESTROYED', PORT_DESTROYED, (a) => a.sender()],
  ['NO_SENDERS', NO_SENDERS, (a) => a.sender()],
  ['DEAD_NAME', DEAD, async (a, b) => a.sendRightTo(await b.port(), b)],
  ['SEND_POSSIBLE', SEND_POSSIBLE, async (a, b) => a.sendRightTo(await b.port(), b)],
];

export const requests = section('§10 request_notification', (rule) => {
  for (const [kind, variant, make] of KINDS) {
    rule(
      `${kind}: a second request takes the place of the first, whose right comes back under a new name`,
      async ({ a, b }) => {
        const [name, first, second] = [await make(a, b), await a.port(), await a.port()];
        expect(await a.request(name, variant, first)).toMatchObject({ code: 0, name: NULL_NAME });
        const { code, name: previous, disp } = await a.request(name, variant, second);
        expect([code, disp, await a.type(previous)]).toEqual([0, MOVE_SEND_ONCE, TYPE.SEND_ONCE]);
        await a.post({ disp: MOVE_SEND_ONCE, name: previous }, { id: 5 });
        expect(await a.drain(first)).toEqual([5]);
        expect(await a.notices(second)).toEqual([]);
        expect((await a.status(second)).sorights).toBe(1);
        a.mine((await a.request(name, variant, NULL_NAME)).name);
      },
    );

    rule(`${kind}: NULL cancels, and gives the right back`, async ({ a, b }) => {
      const [name, told] = [await make(a, b), await a.port()];
      expect(await a.request(name, variant, NULL_NAME)).toMatchObject({ code: 0, name: NULL_NAME });
      await a.watch(name, variant, told);
      const { code, name: previous } = await a.request(name, variant, NULL_NAME);
      expect([code, await a.type(previous)]).toEqual([0, TYPE.SEND_ONCE]);
      expect(await a.request(name, variant, NULL_NAME)).toMatchObject({ code: 0, name: NULL_NAME });
      expect(await a.notices(told)).toEqual([]);
      await a.deallocate(previous);
      expect(await a.notices(told)).toEqual(['send-once']);
    });

    rule(`${kind}: a send-once right that the caller has can be moved into it`, async ({ a, b, c }) => {
      const [name, told] = [await make(a, b), await c.port()];
      const once = await c.give(MAKE_SEND_ONCE, told, a);
      await a.watch(name, variant, { disp: MOVE_SEND_ONCE, name: once });
      expect(await a.type(once)).toBe('KERN_INVALID_NAME');
      expect((await c.status(told)).sorights).toBe(1);
      const { name: back } = await a.request(name, variant, NULL_NAME);
      await a.deallocate(back);
      expect(await c.notices(told)).toEqual(['send-once']);
    });

    rule(`${kind}: a dead notify is KERN_INVALID_CAPABILITY, whatever else is wrong`, async ({ a, b }) => {
      const [name, port] = [await make(a, b), await b.port()];
      const once = await b.give(MAKE_SEND_ONCE, port, a);
      await b.destroy(port);
      for (const [on, sync] of [
        [name, 0],
        [NONE, 0],
        [name, 1],
      ] as const) {
        expect((await a.request(on, variant, { disp: MOVE_SEND_ONCE, name: DEAD_NAME }, sync)).code).toBe(
          'KERN_INVALID_CAPABILITY',
        );
      }
      expect((await a.request(name, 99, { disp: MOVE_SEND_ONCE, name: once })).code).toBe('KERN_INVALID_CAPABILITY');
      expect(await a.type(name)).not.toBe('KERN_INVALID_NAME');
    });

    rule(`${kind}: on no entry KERN_INVALID_NAME, and the right that was given is destroyed`, async ({ a }) => {
      const told = await a.port();
      for (const name of [NONE, NULL_NAME, DEAD_NAME]) {
        expect((await a.request(name, variant, told)).code).toBe('KERN_INVALID_NAME');
        expect(await a.notices(told)).toEqual(['send-once']);
      }
    });
  }

  rule('an unknown variant is KERN_INVALID_VALUE, and the right that was given is destroyed', async ({ a }) => {
    const [port, told] = [await a.sender(), await a.port()];
    for (const variant of [0, 1, 65, 71, 73, 1000]) {
      expect((await a.request(port, variant, told)).code).toBe('KERN_INVALID_VALUE');
      expect((await a.request(NONE, variant, told)).code).toBe('KERN_INVALID_VALUE');
      expect(await a.notices(told)).toEqual(['send-once', 'send-once']);
    }
  });

  rule('a notify that is no send-once right, nor one to make, is refused; nothing is taken', async ({ a, b }) => {
    const [port, told, send] = [await a.sender(), await a.sender(), await a.sendRightTo(await b.port(), b)];
    for (const disp of [0, 16, MOVE_SEND, 19, MAKE_SEND, 22])
      expect((await a.request(port, DEAD, { disp, name: told })).code).toBe('KERN_INVALID_VALUE');
    expect((await a.request(port, DEAD, { disp: MAKE_SEND_ONCE, name: NONE })).code).toBe('KERN_INVALID_NAME');
    expect((await a.request(port, DEAD, { disp: MAKE_SEND_ONCE, name: send })).code).toBe('KERN_INVALID_RIGHT');
    expect((await a.request(port, DEAD, { disp: MOVE_SEND_ONCE, name: told })).code).toBe('KERN_INVALID_RIGHT');
    expect(await a.sends(told)).toBe(1);
    expect(await a.type(port)).toBe(TYPE.SEND | TYPE.RECEIVE);
  });

  rule('PORT_DESTROYED: sync is KERN_INVALID_VALUE; what is no receive right KERN_INVALID_RIGHT', async ({ a, b }) => {
    const [port, told] = [await a.port(), await a.port()];
    expect((await a.request(port, PORT_DESTROYED, told, 1)).code).toBe('KERN_INVALID_VALUE');
    const wrong = [await a.sendRightTo(await b.port(), b), await a.once(port), await a.set(), await a.deadName()];
    for (const name of wrong) expect((await a.request(name, PORT_DESTROYED, told)).code).toBe('KERN_INVALID_RIGHT');
    expect(await a.notices(told)).toEqual(Array.from({ length: 5 }, () => 'send-once'));
    expect((await a.status(port)).pdrequest).toBe(false);
  });

  rule('NO_SENDERS: what is no receive right is KERN_INVALID_RIGHT', async ({ a, b }) => {
    const [port, told] = [await a.port(), await a.port()];
    const wrong = [await a.sendRightTo(await b.port(), b), await a.once(port), await a.set(), await a.deadName()];
    for (const name of wrong) expect((await a.request(name, NO_SENDERS, told)).code).toBe('KERN_INVALID_RIGHT');
    expect(await a.notices(told)).toEqual(Array.from({ length: 4 }, () => 'send-once'));
  });

  rule(
    'NO_SENDERS: without senders it fires at once if sync is no more than mscount; the slot stays empty',
    async ({ a }) => {
      const [port, told] = [await a.port(), await a.port()];
      await a.task.calls.port_set_mscount(port, 3);
      for (const sync of [0, 2, 3]) {
        expect(await a.request(port, NO_SENDERS, told, sync)).toMatchObject({ code: 0, name: NULL_NAME });
        expect(await a.notices(told)).toEqual(['no-senders 3']);
        expect((await a.status(port)).nsrequest).toBe(false);
      }
    },
  );

  rule('NO_SENDERS: a sync above mscount waits for the senders that are yet to come, and to go', async ({ a }) => {
    const [port, told] = [await a.port(), await a.port()];
    await a.watch(port, NO_SENDERS, told, 1);
    expect(await a.notices(told)).toEqual([]);
    expect((await a.status(port)).nsrequest).toBe(true);
    await a.makeSend(port);
    expect(await a.notices(told)).toEqual([]);
    await a.deallocate(port);
    expect(await a.notices(told)).toEqual(['no-senders 1']);
  });

  rule('NO_SENDERS: one that fires at once still gives back the one it took the place of', async ({ a }) => {
    const [port, first, second] = [await a.port(), await a.port(), await a.port()];
    await a.watch(port, NO_SENDERS, first, 100);
    const { code, name } = await a.request(port, NO_SENDERS, second, 0);
    expect([code, await a.type(name)]).toEqual([0, TYPE.SEND_ONCE]);
    expect([await a.notices(first), await a.notices(second)]).toEqual([[], ['no-senders 0']]);
    expect((await a.status(port)).nsrequest).toBe(false);
    await a.deallocate(name);
    expect(await a.notices(first)).toEqual(['send-once']);
  });

  rule('NO_SENDERS: cancelling without senders fires nothing', async ({ a }) => {
    const [port, told] = [await a.port(), await a.port()];
    await a.watch(port, NO_SENDERS, told, 5);
    const { name } = await a.request(port, NO_SENDERS, NULL_NAME, 0);
    expect(await a.notices(told)).toEqual([]);
    await a.deallocate(name);
    expect(await a.notices(told)).toEqual(['send-once']);
  });

  rule('NO_SENDERS: with senders it waits for the last, whatever sync says', async ({ a, b, c }) => {
    const [port, told] = [await a.port(), await a.port()];
    const inB = await b.sendRightTo(port, a);
    const inC = await b.give(DISP.COPY_SEND, inB, c);
    await a.watch(port, NO_SENDERS, told, 0);
    await b.deallocate(inB);
    expect(await a.notices(told)).toEqual([]);
    await c.deallocate(inC);
    expect(await a.notices(told)).toEqual(['no-senders 1']);
  });

  rule(
    'NO_SENDERS tells mscount of the moment it fires: a server that has made more asks again with its own count',
    async ({ a, b }) => {
      const [port, told] = [await a.port(), await a.port()];
      const first = await b.sendRightTo(port, a);
      await a.watch(port, NO_SENDERS, told);
      await b.deallocate(first);
      const second = await b.sendRightTo(port, a);
      expect(await a.notices(told)).toEqual(['no-senders 1']);
      await a.watch(port, NO_SENDERS, told, 2);
      expect(await a.notices(told)).toEqual([]);
      await b.deallocate(second);
      expect(await a.notices(told)).toEqual(['no-senders 2']);
    },
  );

  rule('NO_SENDERS fires once for each request', async ({ a, b }) => {
    const [port, told] = [await a.port(), await a.port()];
    const name = await b.sendRightTo(port, a);
    await a.watch(port, NO_SENDERS, told);
    await b.deallocate(name);
    expect(await a.notices(told)).toEqual(['no-senders 1']);
    await b.deallocate(await b.sendRightTo(port, a));
    expect(await a.notices(told)).toEqual([]);
  });

  rule('NO_SENDERS: send-once rights are no senders', async ({ a }) => {
    const [port, told] = [await a.port(), await a.port()];
    await a.once(port);
    await a.watch(port, NO_SENDERS, told);
    expect(await a.notices(told)).toEqual(['no-senders 0']);
  });

  rule('DEAD_NAME: on send, receive, send-once and dead names; a set is KERN_INVALID_RIGHT', async ({ a, b }) => {
    const told = await a.port();
    const names = [
      await a.sendRightTo(await b.port(), b),
      await a.port(),
      await a.sender(),
      await a.once(await a.port()),
    ];
    for (const name of names) expect((await a.request(name, DEAD, told)).code).toBe(0);
    expect((await a.request(await a.deadName(), DEAD, told, 1)).code).toBe(0);
    expect((await a.request(await a.set(), DEAD, told)).code).toBe('KERN_INVALID_RIGHT');
    for (const name of names) expect(Number(await a.type(name)) & TYPE.DNREQUEST).not.toBe(0);
  });

  rule('DEAD_NAME: on a live name sync means nothing', async ({ a, b }) => {
    const [name, told] = [await a.sendRightTo(await b.port(), b), await a.port()];
    await a.watch(name, DEAD, told, 1);
    expect(await a.notices(told)).toEqual([]);
  });

  rule('DEAD_NAME on a dead name with sync fires at once, with one reference more', async ({ a }) => {
    const [dead, told] = [await a.deadName(), await a.port()];
    for (const refs of [2, 3]) {
      expect(await a.request(dead, DEAD, told, 1)).toMatchObject({ code: 0, name: NULL_NAME });
      expect(await a.notices(told)).toEqual([`dead-name ${dead}`]);
      expect([await a.deads(dead), await a.type(dead)]).toEqual([refs, TYPE.DEAD_NAME]);
    }
  });

  rule('DEAD_NAME on a dead name without sync, or without notify, is KERN_INVALID_ARGUMENT', async ({ a }) => {
    const [dead, told] = [await a.deadName(), await a.port()];
    expect((await a.request(dead, DEAD, told, 0)).code).toBe('KERN_INVALID_ARGUMENT');
    expect((await a.request(dead, DEAD, NULL_NAME, 0)).code).toBe('KERN_INVALID_ARGUMENT');
    expect((await a.request(dead, DEAD, NULL_NAME, 1)).code).toBe('KERN_INVALID_ARGUMENT');
    expect(await a.deads(dead)).toBe(1);
    expect(await a.notices(told)).toEqual(['send-once']);
  });

  rule('DEAD_NAME on a dead name with all its references is KERN_UREFS_OVERFLOW', async ({ a }) => {
    const [dead, told] = [await a.deadName(65_535), await a.port()];
    expect((await a.request(dead, DEAD, told, 1)).code).toBe('KERN_UREFS_OVERFLOW');
    expect(await a.deads(dead)).toBe(65_535);
    expect(await a.notices(told)).toEqual(['send-once']);
  });

  rule('each entry has its own dead-name request, each port one of the others', async ({ a, b, c }) => {
    const [port, told] = [await c.port(), await a.port()];
    const [inA, inB] = [await a.sendRightTo(port, c), await b.sendRightTo(port, c)];
    const toldB = await b.port();
    await a.watch(inA, DEAD, told);
    await b.watch(inB, DEAD, toldB);
    const once = await c.give(MAKE_SEND_ONCE, port, a);
    await a.watch(once, DEAD, told);
    await c.destroy(port);
    expect((await a.notices(told)).sort()).toEqual([`dead-name ${inA}`, `dead-name ${once}`].sort());
    expect(await b.notices(toldB)).toEqual([`dead-name ${inB}`]);
  });

  rule('SEND_POSSIBLE and DEAD_NAME share the slot of the entry', async ({ a, b }) => {
    const [name, told] = [await a.sendRightTo(await b.port(), b), await a.port()];
    await a.watch(name, SEND_POSSIBLE, told);
    expect(await a.type(name)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
    const { name: previous } = await a.request(name, DEAD, told);
    expect(await a.type(previous)).toBe(TYPE.SEND_ONCE);
    await a.deallocate(previous);
    expect(await a.notices(told)).toEqual(['send-once']);
    a.mine((await a.request(name, SEND_POSSIBLE, NULL_NAME)).name);
    expect(await a.type(name)).toBe(TYPE.SEND);
  });
});
