import { DISP, named, NOTIFY, TYPE } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MAKE_SEND, MAKE_SEND_ONCE, COPY_SEND } = DISP;

export const ordering = section('§15 ordering and atomicity', (rule) => {
  rule('messages of one task to one port come in the order they were sent', async ({ a, b }) => {
    const port = await a.port(100);
    const to = await b.sendRightTo(port, a);
    await Promise.all(
      Array.from({ length: 50 }, (_, id) => b.task.msg({ send: { remote: { disp: COPY_SEND, name: to }, id } })),
    );
    expect(await a.drain(port)).toEqual(Array.from({ length: 50 }, (_, id) => id));
  });

  rule('a send that returned is ahead of one that begins after it, whoever sends', async ({ a, b, c }) => {
    const port = await a.port(100);
    const [inB, inC] = [await b.sendRightTo(port, a), await c.sendRightTo(port, a)];
    for (let id = 0; id < 10; id += 1) await (id % 2 === 0 ? b.post(inB, { id }) : c.post(inC, { id }));
    expect(await a.drain(port)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  rule(
    'sends from several tasks at once: nothing is lost or doubled, each sender’s order stays',
    async ({ a, b, c }) => {
      const port = await a.port(3);
      const senders = [
        { who: b, to: await b.sendRightTo(port, a), first: 0 },
        { who: c, to: await c.sendRightTo(port, a), first: 100 },
      ];
      const all = senders.flatMap(({ who, to, first }) =>
        Array.from({ length: 20 }, (_, i) =>
          who.task.msg({ send: { remote: { disp: COPY_SEND, name: to }, id: first + i } }),
        ),
      );
      const ids: number[] = [];
      while (ids.length < 40) {
        const { message } = await a.task.msg({ receive: { name: port } });
        ids.push(message?.id ?? -1);
      }
      expect(await Promise.all(all)).toEqual(Array.from({ length: 40 }, () => ({ code: 0 })));
      expect(ids.filter((id) => id < 100)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect(ids.filter((id) => id >= 100)).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
      expect((await a.status(port)).seqno).toBe(40);
    },
  );

  rule('the order stays when the receive right moves in between', async ({ a, b, c }) => {
    const port = await a.port(100);
    const to = await b.sendRightTo(port, a);
    await b.postMany(to, 3, 0);
    const inC = await a.give(MOVE_RECEIVE, port, c);
    await b.postMany(to, 3, 3);
    expect((await c.take(inC)).id).toBe(0);
    const back = await c.give(MOVE_RECEIVE, inC, a);
    await b.postMany(to, 2, 6);
    expect(await a.drain(back)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  rule('a send has taken effect when it returns', async ({ a, b }) => {
    const [port, given] = [await a.port(), await b.sender()];
    const to = await b.sendRightTo(port, a);
    await b.post(to, { body: [named(DISP.MOVE_SEND, given)] });
    expect([(await a.status(port)).msgcount, await b.sends(given)]).toEqual([1, 0]);
  });

  rule('the reply right comes with its request: a client that dies at once is noticed', async ({ a, another }) => {
    const x = await another();
    const [port, told, answers] = [await a.port(), await a.port(), await x.port()];
    const to = await x.sendRightTo(port, a);
    await x.post(to, { local: { disp: MAKE_SEND, name: answers } });
    const { message } = await a.receive(port, { notify: told });
    await x.kill();
    const name = a.mine(message?.remote.name ?? 0);
    expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
  });

  rule('header copyin is all or nothing; so is a refused move of a member', async ({ a }) => {
    const port = await a.sender();
    const set = await a.set(port);
    const refs = await a.sends(port);
    const local = { disp: DISP.MOVE_SEND, name: port };
    expect((await a.send({ disp: COPY_SEND, name: 0x2fff_ffff }, { local })).code).toBe('MACH_SEND_INVALID_DEST');
    expect(await a.sends(port)).toBe(refs);
    expect(await a.move(port, 0x2fff_ffff)).toBe('KERN_INVALID_NAME');
    expect(await a.members(set)).toEqual([port]);
  });

  rule('calls of a task and its messages take effect in the order they were made', async ({ a }) => {
    const port = await a.sender();
    const { calls } = a.task;
    const [type, , moved, after] = await Promise.all([
      calls.port_type(port),
      a.task.msg({ send: { remote: { disp: DISP.MOVE_SEND, name: port } } }),
      calls.port_type(port),
      calls.port_get_receive_status(port),
    ]);
    expect([type.value, moved.value, after.msgcount]).toEqual([TYPE.SEND | TYPE.RECEIVE, TYPE.RECEIVE, 1]);
  });

  rule('names is one moment’s state, however much is under way', async ({ a }) => {
    const ports = await Promise.all(Array.from({ length: 10 }, () => a.port()));
    const [names] = await Promise.all([a.names(), ...ports.map((port) => a.insert(port, port, MAKE_SEND))]);
    for (const port of ports) expect(names.get(port)).toBe(TYPE.RECEIVE);
    expect(await a.type(ports[9] ?? 0)).toBe(TYPE.SEND | TYPE.RECEIVE);
  });

  rule(
    'the effects of one call come in their order: destroy of SEND+RECEIVE tells no-senders, then port-deleted',
    async ({ a }) => {
      const [port, told] = [await a.sender(), await a.port()];
      await a.watch(port, NOTIFY.NO_SENDERS, told);
      await a.watch(port, NOTIFY.DEAD_NAME, told);
      await a.post(port, { local: { disp: MAKE_SEND_ONCE, name: told } });
      const { remote } = await a.take(port);
      await a.post(remote, { id: 3 });
      await a.destroy(port);
      expect(await a.notices(told)).toEqual(['message 3', 'no-senders 1', `port-deleted ${port}`]);
    },
  );

  rule('rights in a message arrive in the order they were put in', async ({ a, b }) => {
    const [port, ...given] = [await a.port(), await b.port(), await b.port(), await b.port()];
    const to = await b.sendRightTo(port, a);
    const body = given.map((name) => named(MAKE_SEND, name));
    await b.post(to, { body });
    const names = rightsOf(await a.take(port)).map(({ name }) => a.mine(name));
    for (const [i, name] of names.entries()) await a.post(name, { id: i });
    for (const [i, name] of given.entries()) expect(await b.drain(name)).toEqual([i]);
  });
});
