import { DISP, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MAKE_SEND_ONCE } = DISP;
const TIMED_OUT = { code: 'MACH_RCV_TIMED_OUT' };

export const sets = section('§13 port sets', (rule) => {
  rule(
    'a receive on a set takes any member’s message: local names the member, seqno is the member’s',
    async ({ a }) => {
      const [one, two] = [await a.sender(), await a.sender()];
      const set = await a.set(one, two);
      await a.task.calls.port_set_seqno(two, 30);
      await a.post(two, { id: 1 });
      await a.post(one, { id: 2 });
      await a.post(two, { id: 3 });
      const got = [await a.take(set), await a.take(set), await a.take(set)];
      expect(got.map(({ id, seqno, local }) => [id, seqno, local.name])).toEqual([
        [1, 30, two],
        [2, 0, one],
        [3, 31, two],
      ]);
    },
  );

  rule('messages come by arrival: no member starves', async ({ a }) => {
    const [busy, quiet] = [await a.sender(100), await a.sender()];
    const set = await a.set(busy, quiet);
    await a.postMany(busy, 10);
    await a.post(quiet, { id: 99 });
    await a.postMany(busy, 10, 10);
    const ids = await a.drain(set);
    expect(ids).toEqual([
      ...Array.from({ length: 10 }, (_, i) => i),
      99,
      ...Array.from({ length: 10 }, (_, i) => i + 10),
    ]);
  });

  rule('an empty set lets receivers wait, for a port that joins with messages too', async ({ a }) => {
    const [set, port] = [await a.set(), await a.sender()];
    await a.postMany(port, 2, 5);
    expect(await a.receive(set)).toEqual(TIMED_OUT);
    const waiting = await a.beginReceive(set);
    await a.move(port, set);
    expect(await waiting.result).toMatchObject({ code: 0, message: { id: 5, local: { name: port } } });
    expect(await a.drain(set)).toEqual([6]);
  });

  rule('those who wait on a set are served in order, by whichever member gets messages', async ({ a }) => {
    const [one, two] = [await a.sender(), await a.sender()];
    const set = await a.set(one, two);
    const waiting = [await a.beginReceive(set), await a.beginReceive(set)];
    await a.post(two, { id: 2 });
    await a.post(one, { id: 1 });
    expect([(await waiting[0]?.result)?.message?.id, (await waiting[1]?.result)?.message?.id]).toEqual([2, 1]);
  });

  rule('what was queued before joining comes after what the set has', async ({ a }) => {
    const [one, two] = [await a.sender(), await a.sender()];
    const set = await a.set(one);
    await a.postMany(two, 2, 20);
    await a.postMany(one, 2, 10);
    await a.move(two, set);
    await a.post(one, { id: 12 });
    expect(await a.drain(set)).toEqual([10, 11, 20, 21, 12]);
  });

  rule('a port that leaves has its messages back, in order', async ({ a }) => {
    const [one, two] = [await a.sender(), await a.sender()];
    const set = await a.set(one, two);
    await a.post(one, { id: 1 });
    await a.post(two, { id: 2 });
    await a.post(one, { id: 3 });
    expect(await a.move(one, NULL_NAME)).toBe(0);
    expect(await a.drain(set)).toEqual([2]);
    expect(await a.drain(one)).toEqual([1, 3]);
  });

  for (const how of ['destroy', 'mod_refs'] as const) {
    rule(`${how} of a set: the members live on, each with its messages`, async ({ a, b }) => {
      const [one, two] = [await a.sender(), await a.sender()];
      const there = await b.sendRightTo(one, a);
      const set = await a.set(one, two);
      await b.postMany(there, 2);
      await a.post(two, { id: 7 });
      expect(await (how === 'destroy' ? a.destroy(set) : a.modRefs(set, RIGHT.PORT_SET, -1))).toBe(0);
      expect(await a.type(set)).toBe('KERN_INVALID_NAME');
      expect([(await a.status(one)).pset, (await a.status(two)).pset]).toEqual([NULL_NAME, NULL_NAME]);
      expect([await a.drain(one), await a.drain(two)]).toEqual([[0, 1], [7]]);
      expect(await b.type(there)).toBe(TYPE.SEND);
    });
  }

  rule('a member that is destroyed does not disturb who waits on the set', async ({ a }) => {
    const [one, two] = [await a.sender(), await a.sender()];
    const set = await a.set(one, two);
    await a.post(one, { id: 1 });
    await a.destroy(one);
    const waiting = await a.beginReceive(set);
    expect(await a.members(set)).toEqual([two]);
    await a.post(two, { id: 2 });
    expect((await waiting.result).message?.id).toBe(2);
  });

  rule('a member that is sent away takes its messages along', async ({ a, b }) => {
    const [one, two] = [await a.sender(), await a.sender()];
    const set = await a.set(one, two);
    await a.post(one, { id: 1 });
    await a.post(two, { id: 2 });
    const waiting = await a.beginReceive(await a.set());
    const there = await a.give(MOVE_RECEIVE, one, b);
    expect(await a.members(set)).toEqual([two]);
    expect(await a.drain(set)).toEqual([2]);
    expect((await b.status(there)).pset).toBe(NULL_NAME);
    expect(await b.drain(there)).toEqual([1]);
    await waiting.interrupt();
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_INTERRUPTED' });
  });

  rule('a move from one set to another is at once: whoever waits there gets the messages', async ({ a }) => {
    const port = await a.sender();
    const [from, to] = [await a.set(port), await a.set()];
    await a.postMany(port, 2, 1);
    const waiting = await a.beginReceive(to);
    await a.move(port, to);
    expect((await waiting.result).message?.id).toBe(1);
    expect(await a.receive(from)).toEqual(TIMED_OUT);
    expect(await a.drain(to)).toEqual([2]);
  });

  rule('a port is in one set at most', async ({ a }) => {
    const port = await a.port();
    const [first, second] = [await a.set(port), await a.set(port)];
    expect([await a.members(first), await a.members(second)]).toEqual([[], [port]]);
  });

  rule('a receive right directly received from, outside of sets, is as before', async ({ a }) => {
    const port = await a.sender();
    const set = await a.set(port);
    expect(await a.receive(port)).toEqual({ code: 'MACH_RCV_IN_SET' });
    await a.move(port, NULL_NAME);
    await a.post(port, { id: 1 });
    expect(await a.receive(set)).toEqual(TIMED_OUT);
    expect(await a.drain(port)).toEqual([1]);
  });

  rule('who waits on a port that joins gets PORT_CHANGED, who waits on the set the messages', async ({ a }) => {
    const [port, set] = [await a.sender(), await a.set()];
    const [onPort, onSet] = [await a.beginReceive(port), await a.beginReceive(set)];
    await a.move(port, set);
    expect(await onPort.result).toEqual({ code: 'MACH_RCV_PORT_CHANGED' });
    await a.post(port, { id: 4 });
    expect((await onSet.result).message?.id).toBe(4);
  });

  rule('joining the set it is in already disturbs nobody', async ({ a }) => {
    const port = await a.sender();
    const set = await a.set(port);
    const waiting = await a.beginReceive(set);
    expect(await a.move(port, set)).toBe(0);
    await a.post(port, { id: 4 });
    expect((await waiting.result).message?.id).toBe(4);
  });

  rule('a set is no port: nothing is sent to it, and no request is made on it', async ({ a }) => {
    const [set, told] = [await a.set(), await a.port()];
    for (const disp of [17, 18, 19, 20, 21])
      expect(await a.send({ disp, name: set })).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
    for (const variant of [NOTIFY.DEAD_NAME, NOTIFY.NO_SENDERS, NOTIFY.PORT_DESTROYED])
      expect((await a.request(set, variant, told)).code).toBe('KERN_INVALID_RIGHT');
    expect(await a.notices(told)).toHaveLength(3);
  });

  rule('notifications and replies come by the set as well', async ({ a }) => {
    const port = await a.port();
    const set = await a.set(port);
    await a.post({ disp: MAKE_SEND_ONCE, name: port }, { id: 1 });
    await a.watch(port, NOTIFY.NO_SENDERS, port);
    expect(await a.notices(set)).toEqual(['message 1', 'no-senders 0']);
  });
});
