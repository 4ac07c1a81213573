import { DEAD_NAME, DISP, named, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { type Actor, rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const INVALID_DEST = { code: 'MACH_SEND_INVALID_DEST' };
const INVALID_REPLY = { code: 'MACH_SEND_INVALID_REPLY' };
const NONE = 0x2fff_ffff;

type Right = { disp: number; name: number };
/** Names for rights that a header may go wrong with; each a fresh one. */
type Cast = Record<'receive' | 'send' | 'both' | 'once' | 'set' | 'dead', number>;

const HEADERS: [string, (x: Cast) => { remote: Right; local?: Right }, typeof INVALID_DEST][] = [
  ['no destination, no reply', () => ({ remote: right(COPY_SEND, NONE), local: right(COPY_SEND, NONE) }), INVALID_DEST],
  ['no destination', (x) => ({ remote: right(COPY_SEND, NONE), local: right(MOVE_SEND, x.send) }), INVALID_DEST],
  ['no reply', (x) => ({ remote: right(MOVE_SEND, x.send), local: right(COPY_SEND, NONE) }), INVALID_REPLY],
  [
    'a reply to copy that only receives',
    (x) => ({ remote: right(MOVE_SEND, x.send), local: right(COPY_SEND, x.receive) }),
    INVALID_REPLY,
  ],
  [
    'a reply to make that only sends',
    (x) => ({ remote: right(MAKE_SEND, x.receive), local: right(MAKE_SEND_ONCE, x.send) }),
    INVALID_REPLY,
  ],
  [
    'a set as the reply',
    (x) => ({ remote: right(MAKE_SEND, x.receive), local: right(COPY_SEND, x.set) }),
    INVALID_REPLY,
  ],
  [
    'a wrong reply before a wrong destination',
    (x) => ({ remote: right(COPY_SEND, x.receive), local: right(MOVE_SEND_ONCE, x.send) }),
    INVALID_REPLY,
  ],
  [
    'a wrong reply before a dead destination',
    (x) => ({ remote: right(COPY_SEND, x.dead), local: right(MOVE_SEND_ONCE, x.send) }),
    INVALID_REPLY,
  ],
  [
    'a destination to copy that only receives',
    (x) => ({ remote: right(COPY_SEND, x.receive), local: right(MAKE_SEND_ONCE, x.both) }),
    INVALID_DEST,
  ],
  [
    'a send-once right to copy',
    (x) => ({ remote: right(COPY_SEND, x.once), local: right(MAKE_SEND_ONCE, x.both) }),
    INVALID_DEST,
  ],
  [
    'a live send right as a send-once right',
    (x) => ({ remote: right(MOVE_SEND_ONCE, x.send), local: right(MAKE_SEND, x.both) }),
    INVALID_DEST,
  ],
  [
    'a destination to make that only sends',
    (x) => ({ remote: right(MAKE_SEND, x.send), local: right(MOVE_SEND, x.both) }),
    INVALID_DEST,
  ],
  ['a set as the destination', (x) => ({ remote: right(COPY_SEND, x.set) }), INVALID_DEST],
  [
    'a dead destination',
    (x) => ({ remote: right(MOVE_SEND, x.dead), local: right(MAKE_SEND_ONCE, x.both) }),
    INVALID_DEST,
  ],
  [
    'two moves of one reference',
    (x) => ({ remote: right(MOVE_SEND, x.send), local: right(MOVE_SEND, x.send) }),
    INVALID_DEST,
  ],
  [
    'a send-once right used up twice',
    (x) => ({ remote: right(MOVE_SEND_ONCE, x.once), local: right(MOVE_SEND_ONCE, x.once) }),
    INVALID_DEST,
  ],
];

export const send = section('§7 send', (rule) => {
  for (const [what, header, result] of HEADERS) {
    rule(`header copyin: ${what} is ${result.code}, and the name space is untouched`, async ({ a, b }) => {
      const cast = await castOf(a, b);
      const before = await picture(a, cast);
      const { remote, local } = header(cast);
      const body = [named(MOVE_SEND, cast.both), named(MOVE_RECEIVE, cast.receive)];
      expect(await a.send(remote, { body, ...(local === undefined ? {} : { local }) })).toEqual(result);
      expect(await picture(a, cast)).toEqual(before);
    });
  }

  rule('header copyin: of a wrong destination and a wrong reply either may be told', async ({ a }) => {
    const port = await a.port();
    const { code } = await a.send({ disp: COPY_SEND, name: port }, { local: { disp: COPY_SEND, name: NONE } });
    expect([INVALID_DEST.code, INVALID_REPLY.code]).toContain(code);
  });

  for (const [dest, reply, left] of [
    [MOVE_SEND, COPY_SEND, 0],
    [COPY_SEND, MOVE_SEND, 0],
    [COPY_SEND, COPY_SEND, 1],
  ] as const) {
    rule(`one name as destination by ${dest} and reply by ${reply}: one reference is enough`, async ({ a, b }) => {
      const port = await b.port();
      const name = await a.sendRightTo(port, b);
      await a.post({ disp: dest, name }, { local: { disp: reply, name } });
      expect(await a.sends(name)).toBe(left === 0 ? 'KERN_INVALID_NAME' : left);
      const { remote } = await b.take(port);
      expect(remote).toEqual({ disp: MOVE_SEND, name: port });
      expect(await b.sends(port)).toBe(1);
    });
  }

  rule('one name moved as destination and as reply needs two references', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    const both = { disp: MOVE_SEND, name };
    expect(await a.send(both, { local: both })).toEqual(INVALID_DEST);
    expect(await a.sends(name)).toBe(1);
    await a.modRefs(name, RIGHT.SEND, 1);
    await a.post(both, { local: both });
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    expect((await b.take(port)).remote).toEqual({ disp: MOVE_SEND, name: port });
  });

  rule('one name that receives makes both rights', async ({ a }) => {
    const port = await a.port();
    await a.post({ disp: MAKE_SEND, name: port }, { local: { disp: MAKE_SEND_ONCE, name: port } });
    const { local, remote } = await a.take(port);
    expect([local.disp, remote.disp]).toEqual([MOVE_SEND, MOVE_SEND_ONCE]);
    await a.post(remote);
    expect(await a.status(port)).toMatchObject({ mscount: 1, srights: false, sorights: 1 });
  });

  for (const [dest, reply, refs] of [
    [MOVE_SEND, MAKE_SEND, 0],
    [MAKE_SEND, MOVE_SEND, 0],
    [COPY_SEND, MAKE_SEND_ONCE, 1],
    [MAKE_SEND_ONCE, MOVE_SEND, 0],
    [MAKE_SEND_ONCE, MAKE_SEND_ONCE, 1],
  ] as const) {
    rule(`one name that sends and receives: destination by ${dest}, reply by ${reply}`, async ({ a }) => {
      const port = await a.sender();
      await a.post({ disp: dest, name: port }, { local: { disp: reply, name: port }, id: 1 });
      expect(await a.sends(port)).toBe(refs);
      const { local, remote } = await a.take(port);
      expect(local.disp).toBe(dest === MAKE_SEND_ONCE ? MOVE_SEND_ONCE : MOVE_SEND);
      await a.post(remote, { id: 2 });
      expect(await a.drain(port)).toEqual([2]);
    });
  }

  rule('one name with a send-once right cannot be both', async ({ a }) => {
    const port = await a.sender();
    const name = await a.once(port);
    const once = { disp: MOVE_SEND_ONCE, name };
    expect((await a.send(once, { local: once })).code).toMatch(/INVALID_(DEST|REPLY)/);
    expect(await a.type(name)).toBe(TYPE.SEND_ONCE);
  });

  for (const [what, bad, code] of [
    ['an unknown name', named(COPY_SEND, NONE), 'MACH_SEND_INVALID_RIGHT'],
    ['an unknown name to receive', named(MOVE_RECEIVE, NONE), 'MACH_SEND_INVALID_RIGHT'],
    ['no disposition', named(99, NONE), 'MACH_SEND_INVALID_TYPE'],
    ['a disposition of 0', named(0, NULL_NAME), 'MACH_SEND_INVALID_TYPE'],
  ] as const) {
    rule(`body copyin: ${what} is ${code}; the message is destroyed, what follows is untouched`, async ({ a, b }) => {
      const [queue, answers, moved, made, kept] = [
        await a.sender(),
        await a.port(),
        await a.port(),
        await a.port(),
        await a.sender(),
      ];
      const watched = await b.sendRightTo(moved, a);
      const toKeep = await a.port();
      const body = [
        named(MOVE_RECEIVE, moved),
        named(MAKE_SEND, made),
        bad,
        named(MOVE_SEND, kept),
        named(MOVE_RECEIVE, toKeep),
      ];
      const dest = { disp: MOVE_SEND, name: queue };
      expect(await a.send(dest, { local: { disp: MAKE_SEND_ONCE, name: answers }, body })).toEqual({ code });
      // Header and items before it: as sent, and destroyed.
      expect(await a.sends(queue)).toBe(0);
      expect(await a.notices(answers)).toEqual(['send-once']);
      expect([await a.type(moved), await b.type(watched)]).toEqual(['KERN_INVALID_NAME', TYPE.DEAD_NAME]);
      expect(await a.status(made)).toMatchObject({ mscount: 1, srights: false });
      expect([await a.sends(kept), await a.type(toKeep)]).toEqual([1, TYPE.RECEIVE]);
      expect(await a.receive(queue)).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    });
  }

  rule('body copyin: the first bad item counts', async ({ a }) => {
    const port = await a.sender();
    const bad = [named(MOVE_SEND, NONE), named(99, NONE)];
    expect((await a.send(port, { body: bad })).code).toBe('MACH_SEND_INVALID_RIGHT');
    expect((await a.send(port, { body: bad.toReversed() })).code).toBe('MACH_SEND_INVALID_TYPE');
  });

  rule('body copyin: a right that an earlier item took is not there any more', async ({ a, b }) => {
    const [queue, port] = [await a.sender(), await a.sender()];
    const there = await b.sendRightTo(port, a);
    expect((await a.send(queue, { body: [named(MOVE_SEND, port), named(MOVE_SEND, port)] })).code).toBe(
      'MACH_SEND_INVALID_RIGHT',
    );
    expect(await a.sends(port)).toBe(0);
    expect((await a.send(queue, { body: [named(MOVE_RECEIVE, port), named(MAKE_SEND, port)] })).code).toBe(
      'MACH_SEND_INVALID_RIGHT',
    );
    expect(await b.type(there)).toBe(TYPE.DEAD_NAME);
  });

  rule('body copyin: the header has taken its rights before', async ({ a, b }) => {
    const queue = await b.port();
    const name = await a.sendRightTo(queue, b);
    expect((await a.send({ disp: MOVE_SEND, name }, { body: [named(COPY_SEND, name)] })).code).toBe(
      'MACH_SEND_INVALID_RIGHT',
    );
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
  });

  rule('body copyin: a failed message does not need room in the queue, and takes none', async ({ a }) => {
    const port = await a.sender(0);
    expect((await a.send(port, { body: [named(COPY_SEND, NONE)] })).code).toBe('MACH_SEND_INVALID_RIGHT');
    expect((await a.status(port)).msgcount).toBe(0);
  });

  rule('a queue below its limit takes the message; a full one lets it wait, and a poll times out', async ({ a }) => {
    const port = await a.sender(2);
    await a.postMany(port, 2);
    expect((await a.send(port)).code).toBe('MACH_SEND_TIMED_OUT');
    const blocked = await a.beginSend(port, { id: 2 });
    expect((await a.status(port)).msgcount).toBe(2);
    expect((await a.take(port)).id).toBe(0);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.drain(port)).toEqual([1, 2]);
  });

  rule('a send-once right never waits', async ({ a }) => {
    const port = await a.port(0);
    for (const id of [1, 2, 3]) await a.post({ disp: MOVE_SEND_ONCE, name: await a.once(port) }, { id });
    await a.post({ disp: MAKE_SEND_ONCE, name: port }, { id: 4 });
    expect(await a.drain(port)).toEqual([1, 2, 3, 4]);
  });

  rule('while it waits: the port dies: SUCCESS, and the message is destroyed', async ({ a, b }) => {
    const [port, answers, carried] = [await a.port(0), await b.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    const watched = await a.sendRightTo(carried, b);
    const send = { local: { disp: MAKE_SEND_ONCE, name: answers }, body: [named(MOVE_RECEIVE, carried)] };
    const blocked = await b.beginSend(to, send);
    await a.destroy(port);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await b.notices(answers)).toEqual(['send-once']);
    expect([await b.type(to), await a.type(watched)]).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
  });

  rule('while it waits: its time runs out: MACH_SEND_TIMED_OUT', async ({ a }) => {
    const port = await a.sender(0);
    const blocked = await a.beginSend(port, { sendTimeout: 5 });
    const { code, returned } = await blocked.result;
    expect([code, returned?.remote]).toEqual(['MACH_SEND_TIMED_OUT', { disp: MOVE_SEND, name: port }]);
  });

  rule('while it waits: it is aborted: MACH_SEND_INTERRUPTED', async ({ a }) => {
    const port = await a.sender(0);
    const blocked = await a.beginSend(port);
    await blocked.interrupt();
    const { code, returned } = await blocked.result;
    expect([code, returned?.remote]).toEqual(['MACH_SEND_INTERRUPTED', { disp: MOVE_SEND, name: port }]);
    await a.setQlimit(port, 1);
    expect(await a.receive(port)).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
  });

  rule('neither send nor receive is no operation, and SUCCESS', async ({ a }) => {
    expect(await a.task.msg({})).toEqual({ code: 0 });
    expect(await a.task.msg({ sendTimeout: 0, receiveTimeout: 0, notify: true, cancel: NONE })).toEqual({ code: 0 });
  });

  rule('send and receive: the send first, then the receive', async ({ a }) => {
    const [port, answers] = [await a.sender(), await a.sender()];
    await a.post(answers, { id: 1 });
    const send = { remote: right(COPY_SEND, port), id: 2 };
    expect(await a.task.msg({ send, receive: { name: port } })).toMatchObject({ code: 0, message: { id: 2 } });
    expect(await a.task.msg({ send, receive: { name: answers } })).toMatchObject({ code: 0, message: { id: 1 } });
    expect((await a.take(port)).id).toBe(2);
  });

  rule('send and receive: the answer to what was sent', async ({ a, b }) => {
    const [server, answers] = [await b.port(), await a.port()];
    const to = await a.sendRightTo(server, b);
    const send = { remote: right(COPY_SEND, to), local: right(MAKE_SEND_ONCE, answers), id: 7 };
    const begun = await a.task.begin({ send, receive: { name: answers } });
    const { remote } = await b.take(server);
    await b.post(remote, { id: 8 });
    expect(await begun.result).toMatchObject({ code: 0, message: { id: 8, local: { disp: MOVE_SEND_ONCE } } });
  });

  rule('send and receive: after any other code than SUCCESS nothing is received', async ({ a }) => {
    const [full, answers] = [await a.sender(0), await a.sender()];
    await a.post(answers, { id: 1 });
    const receive = { name: answers };
    expect(await a.task.msg({ send: { remote: right(COPY_SEND, NONE) }, receive })).toEqual(INVALID_DEST);
    const bad = { remote: right(COPY_SEND, answers), body: [named(COPY_SEND, NONE)] };
    expect(await a.task.msg({ send: bad, receive })).toEqual({ code: 'MACH_SEND_INVALID_RIGHT' });
    const timedOut = await a.task.msg({ send: { remote: right(COPY_SEND, full) }, receive, sendTimeout: 0 });
    expect([timedOut.code, timedOut.message]).toEqual(['MACH_SEND_TIMED_OUT', undefined]);
    const begun = await a.task.begin({ send: { remote: right(COPY_SEND, full) }, receive });
    await begun.interrupt();
    expect((await begun.result).code).toBe('MACH_SEND_INTERRUPTED');
    expect((await a.status(answers)).msgcount).toBe(1);
  });

  rule('send and receive: the name to receive from is looked up after the message has gone', async ({ a, b }) => {
    const [queue, port] = [await b.port(), await a.sender()];
    const to = await a.sendRightTo(queue, b);
    const remote = right(COPY_SEND, to);
    expect(await a.task.msg({ send: { remote, id: 1 }, receive: { name: NONE } })).toEqual({
      code: 'MACH_RCV_INVALID_NAME',
    });
    const send = { remote, id: 2, body: [named(MOVE_RECEIVE, port)] };
    expect(await a.task.msg({ send, receive: { name: port } })).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
    expect((await b.take(queue)).id).toBe(1);
    const [moved] = rightsOf(await b.take(queue));
    b.mine(moved?.name ?? 0);
  });

  rule('send and receive: a receive that times out has sent all the same', async ({ a }) => {
    const [port, empty] = [await a.sender(), await a.port()];
    const send = { remote: right(COPY_SEND, port), id: 5 };
    expect(await a.task.msg({ send, receive: { name: empty }, receiveTimeout: 0 })).toEqual({
      code: 'MACH_RCV_TIMED_OUT',
    });
    expect(await a.drain(port)).toEqual([5]);
  });

  rule('send and receive: an abort while it receives is MACH_RCV_INTERRUPTED, the message has gone', async ({ a }) => {
    const [port, empty] = [await a.sender(), await a.port()];
    const begun = await a.task.begin({ send: { remote: right(COPY_SEND, port) }, receive: { name: empty } });
    // Its receive follows when the send has ended, which the task itself is the first to know.
    await untilWaits(a, port);
    await begun.interrupt();
    expect(await begun.result).toEqual({ code: 'MACH_RCV_INTERRUPTED' });
    expect((await a.status(port)).msgcount).toBe(1);
  });

  rule('SEND_CANCEL: the port-deleted of the destination is swallowed', async ({ a, b }) => {
    const told = await a.port();
    for (const disp of [MOVE_SEND, MOVE_SEND_ONCE]) {
      const port = await b.port();
      const name = await b.give(disp === MOVE_SEND ? MAKE_SEND : MAKE_SEND_ONCE, port, a);
      await a.watch(name, NOTIFY.DEAD_NAME, told);
      await a.post({ disp, name }, { cancel: told, id: 3 });
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
      expect(await a.notices(told)).toEqual([]);
      expect((await a.status(told)).sorights).toBe(0);
      expect(await b.drain(port)).toEqual([3]);
    }
  });

  rule('SEND_CANCEL: another port that asked is told, and so is whoever lost another name', async ({ a, b }) => {
    const [told, other] = [await a.port(), await a.port()];
    const name = await a.sendRightTo(await b.port(), b);
    await a.watch(name, NOTIFY.DEAD_NAME, other);
    await a.post({ disp: MOVE_SEND, name }, { cancel: told });
    expect(await a.notices(other)).toEqual([`port-deleted ${name}`]);

    const [dest, reply] = [await a.sendRightTo(await b.port(), b), await a.sendRightTo(await b.port(), b)];
    await a.watch(dest, NOTIFY.DEAD_NAME, told);
    await a.watch(reply, NOTIFY.DEAD_NAME, told);
    await a.post({ disp: MOVE_SEND, name: dest }, { local: { disp: MOVE_SEND, name: reply }, cancel: told });
    expect(await a.notices(told)).toEqual([`port-deleted ${reply}`]);
  });

  rule('SEND_CANCEL: a right that stays keeps its request', async ({ a, b }) => {
    const [told, port] = [await a.port(), await b.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, NOTIFY.DEAD_NAME, told);
    await a.post(name, { cancel: told });
    expect(await a.type(name)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
    await b.destroy(port);
    expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
  });

  rule(
    'SEND_CANCEL: what is no receive right is MACH_SEND_INVALID_NOTIFY, before any other name; nothing has happened',
    async ({ a, b }) => {
      const cast = await castOf(a, b);
      const before = await picture(a, cast);
      for (const cancel of [NONE, DEAD_NAME, cast.send, cast.once, cast.set, cast.dead]) {
        for (const dest of [cast.both, NONE])
          expect(await a.send({ disp: MOVE_SEND, name: dest }, { cancel })).toEqual({
            code: 'MACH_SEND_INVALID_NOTIFY',
          });
        expect(await a.send({ disp: 99, name: cast.both }, { cancel })).toEqual({ code: 'MACH_SEND_INVALID_HEADER' });
      }
      expect(await picture(a, cast)).toEqual(before);
    },
  );

  rule('a message to a task port goes nowhere, and that is SUCCESS', async ({ a, b }) => {
    const answers = await a.port();
    const { task } = await a.peer(b);
    await a.post(task, { local: { disp: MAKE_SEND_ONCE, name: answers } });
    expect(await a.notices(answers)).toEqual(['send-once']);
  });
});

function right(disp: number, name: number): Right {
  return { disp, name };
}

async function castOf(a: Actor, b: Actor): Promise<Cast> {
  return {
    receive: await a.port(),
    send: await a.sendRightTo(await b.port(), b),
    both: await a.sender(),
    once: await b.give(MAKE_SEND_ONCE, await b.port(), a),
    set: await a.set(),
    dead: await a.deadName(2),
  };
}

/** All that a send could have changed. */
async function picture(a: Actor, { receive, send, both, dead }: Cast): Promise<unknown> {
  return {
    names: await a.names(),
    refs: [await a.sends(send), await a.sends(both), await a.deads(dead)],
    ports: [await a.status(receive), await a.status(both)],
  };
}

async function untilWaits(a: Actor, port: number): Promise<void> {
  while ((await a.status(port)).msgcount === 0) await a.names();
  await a.names();
}
