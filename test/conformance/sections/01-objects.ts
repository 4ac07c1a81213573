import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import type { Actor } from '../actor.ts';
import { section } from '../rules.ts';

const MAX_SENDS = 65_534;
const MAX_DEADS = 65_535;

/** Each kind of entry: how to get one, its type, and its references of SEND, RECEIVE, SEND_ONCE, PORT_SET, DEAD_NAME. */
const KINDS: [string, (a: Actor, b: Actor) => Promise<number>, number, number[]][] = [
  ['SEND', async (a, b) => a.sendRightTo(await b.port(), b), TYPE.SEND, [1, 0, 0, 0, 0]],
  ['RECEIVE', (a) => a.port(), TYPE.RECEIVE, [0, 1, 0, 0, 0]],
  ['SEND+RECEIVE', (a) => a.sender(), TYPE.SEND | TYPE.RECEIVE, [1, 1, 0, 0, 0]],
  ['SEND_ONCE', async (a) => a.once(await a.port()), TYPE.SEND_ONCE, [0, 0, 1, 0, 0]],
  ['PORT_SET', (a) => a.set(), TYPE.PORT_SET, [0, 0, 0, 1, 0]],
  ['DEAD_NAME', (a) => a.deadName(), TYPE.DEAD_NAME, [0, 0, 0, 0, 1]],
];

export const objects = section('§1 objects, rights, entries', (rule) => {
  for (const [kind, make, type, refs] of KINDS) {
    rule(`${kind}: its type, and get_refs for each right`, async ({ a, b }) => {
      const name = await make(a, b);
      expect(await a.type(name)).toBe(type);
      expect(await Promise.all([0, 1, 2, 3, 4].map((right) => a.refs(name, right)))).toEqual(refs);
    });

    rule(`${kind}: its name can be used again at once when it is destroyed`, async ({ a, b }) => {
      const name = await make(a, b);
      expect(await a.destroy(name)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
      expect(await a.allocateName(RIGHT.DEAD_NAME, name)).toBe(0);
    });
  }

  rule('a name is never NULL nor DEAD', async ({ a }) => {
    for (const right of [RIGHT.RECEIVE, RIGHT.PORT_SET, RIGHT.DEAD_NAME]) {
      expect([NULL_NAME, DEAD_NAME]).not.toContain(await a.allocate(right));
    }
  });

  rule('several references of SEND, or of a dead name, are counted', async ({ a }) => {
    const port = await a.sender();
    await a.makeSend(port);
    await a.makeSend(port);
    expect(await a.sends(port)).toBe(3);
    expect(await a.refs(port, RIGHT.RECEIVE)).toBe(1);
    expect(await a.deads(await a.deadName(7))).toBe(7);
  });

  rule('a second send right for a port joins the name that the task has', async ({ a, b }) => {
    const port = await b.port();
    const first = await a.sendRightTo(port, b);
    expect(await a.sendRightTo(port, b)).toBe(first);
    expect(await a.sends(first)).toBe(2);
  });

  rule('a send right that comes back to the receiver joins the name of the receive right', async ({ a, b }) => {
    const port = await a.port();
    const there = await b.sendRightTo(port, a);
    expect(await b.give(DISP.COPY_SEND, there, a)).toBe(port);
    expect(await a.type(port)).toBe(TYPE.SEND | TYPE.RECEIVE);
  });

  rule('a receive right joins the name of the send rights', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    expect(await b.give(DISP.MOVE_RECEIVE, port, a)).toBe(name);
    expect(await a.type(name)).toBe(TYPE.SEND | TYPE.RECEIVE);
  });

  rule('each send-once right has a name of its own, also where the receive right is', async ({ a, b }) => {
    const port = await a.port();
    const names = [port, await a.once(port), await a.once(port)];
    expect(new Set(names).size).toBe(3);
    const there = [await a.give(DISP.MAKE_SEND_ONCE, port, b), await a.give(DISP.MAKE_SEND_ONCE, port, b)];
    expect(new Set(there).size).toBe(2);
    const withSend = await b.sendRightTo(port, a);
    expect(there).not.toContain(withSend);
  });

  rule('a send right has at most 65534 references', async ({ a }) => {
    const port = await a.sender();
    expect(await a.modRefs(port, RIGHT.SEND, MAX_SENDS - 1)).toBe(0);
    expect(await a.modRefs(port, RIGHT.SEND, 1)).toBe('KERN_UREFS_OVERFLOW');
    expect(await a.insert(port, port, DISP.MAKE_SEND)).toBe('KERN_UREFS_OVERFLOW');
    expect(await a.sends(port)).toBe(MAX_SENDS);
  });

  rule('a send right that comes in a message stays at the maximum; the extra one is dropped', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    await a.modRefs(name, RIGHT.SEND, MAX_SENDS - 1);
    await b.watch(port, NOTIFY.NO_SENDERS, port);
    expect(await a.sendRightTo(port, b)).toBe(name);
    expect(await a.sends(name)).toBe(MAX_SENDS);
    await a.modRefs(name, RIGHT.SEND, -MAX_SENDS);
    expect(await b.notices(port)).toEqual(['no-senders 2']);
  });

  rule('a dead name has at most 65535 references', async ({ a }) => {
    const name = await a.deadName(MAX_DEADS);
    expect(await a.deads(name)).toBe(MAX_DEADS);
    expect(await a.modRefs(name, RIGHT.DEAD_NAME, 1)).toBe('KERN_UREFS_OVERFLOW');
  });

  rule('death finds room for the reference of its notification on a full send right', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    await a.modRefs(name, RIGHT.SEND, MAX_SENDS - 1);
    const told = await a.port();
    await a.watch(name, NOTIFY.DEAD_NAME, told);
    await b.destroy(port);
    expect(await a.deads(name)).toBe(MAX_DEADS);
    expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
  });

  rule('a dead name blocks its name, and is no right to anything', async ({ a }) => {
    const name = await a.deadName();
    expect(await a.allocateName(RIGHT.RECEIVE, name)).toBe('KERN_NAME_EXISTS');
    expect(await a.send(name)).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
    expect(await a.receive(name)).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
  });

  rule('a dead name comes of the death of a port, for each kind of right to send', async ({ a, b }) => {
    const port = await b.port();
    const send = await a.sendRightTo(port, b);
    const once = await b.give(DISP.MAKE_SEND_ONCE, port, a);
    await b.destroy(port);
    expect([await a.type(send), await a.type(once)]).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
    expect([await a.deads(send), await a.deads(once)]).toEqual([1, 1]);
  });

  rule('the same port has names that have nothing to do with each other in different tasks', async ({ a, b, c }) => {
    const port = await a.port();
    const inB = await b.sendRightTo(port, a);
    const inC = await b.give(DISP.COPY_SEND, inB, c);
    await c.post(inC, { id: 3 });
    await b.post(inB, { id: 2 });
    expect(await a.drain(port)).toEqual([3, 2]);
    expect(await c.rename(inC, 0x2000_0001)).toBe(0);
    await c.post(0x2000_0001, { id: 4 });
    expect(await a.drain(port)).toEqual([4]);
  });
});
