import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import type { Actor } from '../actor.ts';
import { section } from '../rules.ts';

const { SEND, RECEIVE, SEND_ONCE, PORT_SET } = RIGHT;
/** A name that nothing has. */
const NONE = 0x2fff_ffff;
const OTHER = 0x2100_0000;

/** Every call on a name, with what else it needs. */
const ON_A_NAME: [string, (a: Actor, name: number) => Promise<unknown>][] = [
  ['rename', (a, name) => a.rename(name, OTHER)],
  ['type', (a, name) => a.type(name)],
  ['get_refs', (a, name) => a.refs(name, SEND)],
  ['mod_refs', (a, name) => a.modRefs(name, SEND, -1)],
  ['deallocate', (a, name) => a.deallocate(name)],
  ['destroy', (a, name) => a.destroy(name)],
  ['extract_right', async (a, name) => (await a.extract(name, DISP.COPY_SEND)).code],
  ['move_member', (a, name) => a.move(name, NULL_NAME)],
  ['get_set_status', (a, name) => a.members(name)],
  ['get_receive_status', async (a, name) => (await a.task.calls.port_get_receive_status(name)).code],
  ['set_qlimit', (a, name) => a.setQlimit(name, 1)],
  ['set_mscount', async (a, name) => (await a.task.calls.port_set_mscount(name, 1)).code],
  ['set_seqno', async (a, name) => (await a.task.calls.port_set_seqno(name, 1)).code],
];

export const names = section('§3 operations: names', (rule) => {
  for (const [call, run] of ON_A_NAME) {
    rule(`${call}: NULL, DEAD and a name without an entry are KERN_INVALID_NAME`, async ({ a }) => {
      for (const name of [NULL_NAME, DEAD_NAME, NONE]) expect(await run(a, name)).toBe('KERN_INVALID_NAME');
    });
  }

  rule('a name whose port has died is a dead name for every call', async ({ a, b }) => {
    const port = await b.port();
    const name = await a.sendRightTo(port, b);
    await b.destroy(port);
    expect(await a.type(name)).toBe(TYPE.DEAD_NAME);
    expect(await a.sends(name)).toBe(0);
    expect(await a.modRefs(name, SEND, -1)).toBe('KERN_INVALID_RIGHT');
    expect(await a.modRefs(name, RIGHT.DEAD_NAME, 1)).toBe(0);
    expect((await a.task.calls.port_get_receive_status(name)).code).toBe('KERN_INVALID_RIGHT');
    expect(await a.setQlimit(name, 1)).toBe('KERN_INVALID_RIGHT');
    expect(await a.move(name, NULL_NAME)).toBe('KERN_INVALID_RIGHT');
    expect(await a.members(name)).toBe('KERN_INVALID_RIGHT');
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.deads(name)).toBe(1);
  });

  rule('allocate: RECEIVE, PORT_SET, or DEAD_NAME with one reference', async ({ a }) => {
    expect(await a.type(await a.allocate(RECEIVE))).toBe(TYPE.RECEIVE);
    expect(await a.type(await a.allocate(PORT_SET))).toBe(TYPE.PORT_SET);
    const dead = await a.allocate(RIGHT.DEAD_NAME);
    expect([await a.type(dead), await a.deads(dead)]).toEqual([TYPE.DEAD_NAME, 1]);
  });

  for (const right of [SEND, SEND_ONCE, 5, 99]) {
    rule(`allocate, allocate_name: right ${right} is KERN_INVALID_VALUE`, async ({ a }) => {
      expect((await a.task.calls.port_allocate(right)).code).toBe('KERN_INVALID_VALUE');
      expect(await a.allocateName(right, OTHER)).toBe('KERN_INVALID_VALUE');
    });
  }

  for (const right of [RECEIVE, PORT_SET, RIGHT.DEAD_NAME]) {
    rule(`allocate_name: right ${right} under the name that was asked for`, async ({ a }) => {
      expect(await a.allocateName(right, OTHER)).toBe(0);
      expect(await a.refs(OTHER, right)).toBe(1);
    });
  }

  rule('allocate_name: NULL and DEAD are KERN_INVALID_VALUE', async ({ a }) => {
    for (const name of [NULL_NAME, DEAD_NAME]) expect(await a.allocateName(RECEIVE, name)).toBe('KERN_INVALID_VALUE');
  });

  rule('allocate_name: a name in use is KERN_NAME_EXISTS, but a bad right comes first', async ({ a }) => {
    const name = await a.port();
    expect(await a.allocateName(RECEIVE, name)).toBe('KERN_NAME_EXISTS');
    expect(await a.allocateName(SEND, name)).toBe('KERN_INVALID_VALUE');
    expect(await a.type(name)).toBe(TYPE.RECEIVE);
  });

  rule('rename: NULL and DEAD as the new name are KERN_INVALID_VALUE, first of all', async ({ a }) => {
    const name = await a.port();
    for (const bad of [NULL_NAME, DEAD_NAME]) {
      expect(await a.rename(name, bad)).toBe('KERN_INVALID_VALUE');
      expect(await a.rename(NONE, bad)).toBe('KERN_INVALID_VALUE');
    }
  });

  rule(
    'rename: a new name in use is KERN_NAME_EXISTS, before the old one is looked at, also if it is the old one',
    async ({ a }) => {
      const [name, used] = [await a.port(), await a.port()];
      expect(await a.rename(name, used)).toBe('KERN_NAME_EXISTS');
      expect(await a.rename(NONE, used)).toBe('KERN_NAME_EXISTS');
      expect(await a.rename(name, name)).toBe('KERN_NAME_EXISTS');
    },
  );

  rule('rename: no old name is KERN_INVALID_NAME', async ({ a }) => {
    expect(await a.rename(NONE, OTHER)).toBe('KERN_INVALID_NAME');
  });

  rule('rename keeps references, and frees the old name', async ({ a }) => {
    const name = await a.sender();
    await a.makeSend(name);
    expect(await a.rename(name, OTHER)).toBe(0);
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    expect([await a.type(OTHER), await a.sends(OTHER)]).toEqual([TYPE.SEND | TYPE.RECEIVE, 2]);
    await a.post(OTHER, { id: 1 });
    expect((await a.take(OTHER)).local.name).toBe(OTHER);
    await a.makeSend(OTHER);
    expect(await a.sends(OTHER)).toBe(3);
  });

  rule('rename of a dead name, a send-once right and a set', async ({ a }) => {
    const [dead, port] = [await a.deadName(3), await a.port()];
    expect(await a.rename(dead, OTHER)).toBe(0);
    expect(await a.deads(OTHER)).toBe(3);
    const once = await a.once(port);
    expect(await a.rename(once, OTHER + 1)).toBe(0);
    await a.post({ disp: DISP.MOVE_SEND_ONCE, name: OTHER + 1 });
    expect((await a.take(port)).local.disp).toBe(DISP.MOVE_SEND_ONCE);
    const set = await a.set(port);
    expect(await a.rename(set, OTHER + 2)).toBe(0);
    expect((await a.status(port)).pset).toBe(OTHER + 2);
    expect(await a.members(OTHER + 2)).toEqual([port]);
  });

  rule('rename keeps set membership', async ({ a }) => {
    const port = await a.port();
    const set = await a.set(port);
    await a.rename(port, OTHER);
    expect(await a.members(set)).toEqual([OTHER]);
    expect((await a.status(OTHER)).pset).toBe(set);
  });

  rule('rename keeps requests; their notifications carry the new name', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, NOTIFY.DEAD_NAME, told);
    await a.rename(name, OTHER);
    expect(await a.type(OTHER)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
    await b.destroy(port);
    expect(await a.notices(told)).toEqual([`dead-name ${OTHER}`]);

    const again = await a.sendRightTo(await b.port(), b);
    await a.watch(again, NOTIFY.DEAD_NAME, told);
    await a.rename(again, OTHER + 1);
    await a.deallocate(OTHER + 1);
    expect(await a.notices(told)).toEqual([`port-deleted ${OTHER + 1}`]);
  });

  rule('type: DNREQUEST while a dead-name request is pending', async ({ a, b }) => {
    const port = await b.port();
    const [send, once] = [await a.sendRightTo(port, b), await b.give(DISP.MAKE_SEND_ONCE, port, a)];
    const told = await a.port();
    await a.watch(send, NOTIFY.DEAD_NAME, told);
    await a.watch(once, NOTIFY.DEAD_NAME, told);
    await a.watch(told, NOTIFY.DEAD_NAME, told);
    expect(await a.type(send)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
    expect(await a.type(once)).toBe((TYPE.SEND_ONCE | TYPE.DNREQUEST) >>> 0);
    expect(await a.type(told)).toBe((TYPE.RECEIVE | TYPE.DNREQUEST) >>> 0);
    const { name: previous } = await a.request(send, NOTIFY.DEAD_NAME, 0);
    expect(await a.type(send)).toBe(TYPE.SEND);
    await a.deallocate(previous);
    await b.destroy(port);
    // Never on a dead name.
    expect([await a.type(send), await a.type(once)]).toEqual([TYPE.DEAD_NAME, TYPE.DEAD_NAME]);
  });

  rule('names: all of them with the types that type tells, sets and dead names too', async ({ a, b }) => {
    const made = [await a.sender(), await a.set(), await a.deadName(), await a.sendRightTo(await b.port(), b)];
    made.push(await a.once(made[0] ?? 0));
    const names = await a.names();
    expect([...names.keys()]).toEqual(expect.arrayContaining(made));
    for (const name of made) expect(names.get(name)).toBe(await a.type(name));
  });

  rule('get_refs: a right number out of range is KERN_INVALID_VALUE, before the name', async ({ a }) => {
    for (const right of [5, 6, 1000]) {
      expect(await a.refs(NONE, right)).toBe('KERN_INVALID_VALUE');
      expect(await a.refs(await a.port(), right)).toBe('KERN_INVALID_VALUE');
    }
  });

  rule('get_refs: an entry without that right has 0, and that is no error', async ({ a }) => {
    expect(await a.sends(await a.port())).toBe(0);
    expect(await a.refs(await a.set(), RECEIVE)).toBe(0);
    expect(await a.refs(await a.deadName(), SEND)).toBe(0);
  });
});
