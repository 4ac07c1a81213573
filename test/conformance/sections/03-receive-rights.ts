import { DEAD_NAME, DISP, named, NOTIFY, NULL_NAME, RIGHT } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const { SEND } = RIGHT;
/** A name that nothing has. */
const NONE = 0x2fff_ffff;

export const receiveRights = section('§3 operations: receive rights and sets', (rule) => {
  rule('move_member: member, then set, is checked: no entry, then the wrong right', async ({ a }) => {
    const [port, set, dead] = [await a.port(), await a.set(), await a.deadName()];
    expect(await a.move(NONE, NONE)).toBe('KERN_INVALID_NAME');
    expect(await a.move(set, NONE)).toBe('KERN_INVALID_RIGHT');
    expect(await a.move(dead, set)).toBe('KERN_INVALID_RIGHT');
    expect(await a.move(await a.once(port), set)).toBe('KERN_INVALID_RIGHT');
    expect(await a.move(port, NONE)).toBe('KERN_INVALID_NAME');
    expect(await a.move(port, DEAD_NAME)).toBe('KERN_INVALID_NAME');
    expect(await a.move(port, port)).toBe('KERN_INVALID_RIGHT');
    expect(await a.move(port, dead)).toBe('KERN_INVALID_RIGHT');
  });

  rule('move_member: out of no set is KERN_NOT_IN_SET, into the same one does nothing', async ({ a }) => {
    const port = await a.port();
    expect(await a.move(port, NULL_NAME)).toBe('KERN_NOT_IN_SET');
    const set = await a.set(port);
    expect(await a.move(port, set)).toBe(0);
    expect(await a.members(set)).toEqual([port]);
    expect(await a.move(port, NULL_NAME)).toBe(0);
    expect(await a.members(set)).toEqual([]);
    expect(await a.move(port, NULL_NAME)).toBe('KERN_NOT_IN_SET');
  });

  rule('move_member: from one set into another', async ({ a }) => {
    const port = await a.port();
    const [first, second] = [await a.set(port), await a.set()];
    expect(await a.move(port, second)).toBe(0);
    expect([await a.members(first), await a.members(second)]).toEqual([[], [port]]);
    expect((await a.status(port)).pset).toBe(second);
  });

  rule('get_set_status: the members, none at first; anything but a set is KERN_INVALID_RIGHT', async ({ a, b }) => {
    const set = await a.set();
    expect(await a.members(set)).toEqual([]);
    const ports = [await a.port(), await a.port()];
    for (const port of ports) await a.move(port, set);
    expect(await a.members(set)).toEqual(ports);
    for (const name of [...ports, await a.deadName(), await a.sendRightTo(await b.port(), b)])
      expect(await a.members(name)).toBe('KERN_INVALID_RIGHT');
  });

  rule('get_receive_status and the setters: anything but a receive right is KERN_INVALID_RIGHT', async ({ a, b }) => {
    const names = [
      await a.set(),
      await a.deadName(),
      await a.sendRightTo(await b.port(), b),
      await a.once(await a.port()),
    ];
    for (const name of names) {
      expect((await a.task.calls.port_get_receive_status(name)).code).toBe('KERN_INVALID_RIGHT');
      expect(await a.setQlimit(name, 1)).toBe('KERN_INVALID_RIGHT');
      expect(await a.task.calls.port_set_mscount(name, 1)).toEqual({ code: 'KERN_INVALID_RIGHT' });
      expect(await a.task.calls.port_set_seqno(name, 1)).toEqual({ code: 'KERN_INVALID_RIGHT' });
    }
  });

  rule('get_receive_status tells set, counters and requests', async ({ a }) => {
    const [port, told] = [await a.sender(9), await a.port()];
    const set = await a.set(port);
    await a.once(port);
    await a.post(port);
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await a.watch(port, NOTIFY.PORT_DESTROYED, told);
    expect(await a.status(port)).toEqual({
      pset: set,
      seqno: 0,
      mscount: 1,
      qlimit: 9,
      msgcount: 1,
      sorights: 1,
      srights: true,
      pdrequest: true,
      nsrequest: true,
    });
    a.mine((await a.request(port, NOTIFY.PORT_DESTROYED, NULL_NAME)).name);
  });

  rule('set_qlimit: above 1024 is KERN_INVALID_VALUE, before the name', async ({ a }) => {
    const port = await a.port();
    for (const qlimit of [1025, 100_000]) {
      expect(await a.setQlimit(NONE, qlimit)).toBe('KERN_INVALID_VALUE');
      expect(await a.setQlimit(port, qlimit)).toBe('KERN_INVALID_VALUE');
    }
    for (const qlimit of [0, 1, 16, 1024]) {
      expect(await a.setQlimit(port, qlimit)).toBe(0);
      expect((await a.status(port)).qlimit).toBe(qlimit);
    }
  });

  rule('set_qlimit: raising wakes as many blocked senders as there are new places', async ({ a }) => {
    const port = await a.sender(0);
    const blocked = [];
    for (const id of [0, 1, 2]) blocked.push(await a.beginSend(port, { id }));
    expect(await a.setQlimit(port, 2)).toBe(0);
    expect([await blocked[0]?.result, await blocked[1]?.result]).toEqual([{ code: 0 }, { code: 0 }]);
    expect(await a.drain(port)).toEqual([0, 1, 2]);
    expect(await blocked[2]?.result).toEqual({ code: 0 });
  });

  rule('set_qlimit: lowering drops nothing', async ({ a }) => {
    const port = await a.sender();
    await a.postMany(port, 4);
    expect(await a.setQlimit(port, 1)).toBe(0);
    expect((await a.status(port)).msgcount).toBe(4);
    expect((await a.send(port)).code).toBe('MACH_SEND_TIMED_OUT');
    await a.modRefs(port, SEND, -1);
    expect(await a.drain(port)).toEqual([0, 1, 2, 3]);
  });

  rule('set_mscount, set_seqno: any value', async ({ a }) => {
    const port = await a.port();
    for (const value of [7, 0, 0xffff_ffff]) {
      await a.task.calls.port_set_mscount(port, value);
      await a.task.calls.port_set_seqno(port, value);
      expect(await a.status(port)).toMatchObject({ mscount: value, seqno: value });
    }
    await a.makeSend(port);
    await a.post(port);
    expect((await a.take(port)).seqno).toBe(0xffff_ffff);
    expect(await a.status(port)).toMatchObject({ mscount: 0, seqno: 0 });
  });

  rule('a message with a right in it is not changed by what happens to its name', async ({ a, b }) => {
    const [port, queue] = [await b.port(), await a.sender()];
    const name = await a.sendRightTo(port, b);
    await a.post(queue, { body: [named(DISP.COPY_SEND, name)] });
    await a.destroy(name);
    const [right] = rightsOf(await a.take(queue));
    expect(await a.sends(a.mine(right?.name ?? 0))).toBe(1);
  });
});
