import { DEAD_NAME, DISP, named, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import type { Actor } from './actor.ts';
import { section } from './rules.ts';

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

export const operations = section('§3 operations and exact errors', (rule) => {
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

  allocation(rule);
  renaming(rule);
  looking(rule);
  references(rule);
  dropping(rule);
  inserting(rule);
  extracting(rule);
  sets(rule);
  receiveRights(rule);
});

type Rule = Parameters<Parameters<typeof section>[1]>[0];

function allocation(rule: Rule): void {
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
}

function renaming(rule: Rule): void {
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
}

function looking(rule: Rule): void {
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
}

function references(rule: Rule): void {
  rule('mod_refs: right out of range, then no entry, then the lack of the right', async ({ a }) => {
    expect(await a.modRefs(NONE, 5, 0)).toBe('KERN_INVALID_VALUE');
    expect(await a.modRefs(NONE, SEND, 0)).toBe('KERN_INVALID_NAME');
    const [port, set, dead] = [await a.port(), await a.set(), await a.deadName()];
    const once = await a.once(port);
    const lacking: [number, number[]][] = [
      [port, [SEND, SEND_ONCE, PORT_SET, RIGHT.DEAD_NAME]],
      [set, [SEND, RECEIVE, SEND_ONCE, RIGHT.DEAD_NAME]],
      [once, [SEND, RECEIVE, PORT_SET, RIGHT.DEAD_NAME]],
      [dead, [SEND, RECEIVE, SEND_ONCE, PORT_SET]],
    ];
    for (const [name, rights] of lacking) {
      for (const right of rights) expect(await a.modRefs(name, right, 0)).toBe('KERN_INVALID_RIGHT');
      for (const right of rights) expect(await a.modRefs(name, right, -1)).toBe('KERN_INVALID_RIGHT');
    }
  });

  for (const [kind, right] of Object.entries({ RECEIVE, PORT_SET, SEND_ONCE })) {
    rule(`mod_refs ${kind}: 0 does nothing, -1 destroys, anything else is KERN_INVALID_VALUE`, async ({ a }) => {
      const port = await a.port();
      const name = right === RECEIVE ? port : right === PORT_SET ? await a.set() : await a.once(port);
      for (const delta of [1, 2, -2, 1000, -1000])
        expect(await a.modRefs(name, right, delta)).toBe('KERN_INVALID_VALUE');
      expect(await a.modRefs(name, right, 0)).toBe(0);
      expect(await a.refs(name, right)).toBe(1);
      expect(await a.modRefs(name, right, -1)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
      if (right === SEND_ONCE) expect(await a.notices(port)).toEqual(['send-once']);
    });
  }

  rule(
    'mod_refs SEND: below 0 KERN_INVALID_VALUE, above 65534 KERN_UREFS_OVERFLOW, and nothing has changed',
    async ({ a, b }) => {
      const name = await a.sendRightTo(await b.port(), b);
      expect(await a.modRefs(name, SEND, 2)).toBe(0);
      expect(await a.modRefs(name, SEND, -4)).toBe('KERN_INVALID_VALUE');
      expect(await a.modRefs(name, SEND, 65_532)).toBe('KERN_UREFS_OVERFLOW');
      expect(await a.sends(name)).toBe(3);
      expect(await a.modRefs(name, SEND, 65_531)).toBe(0);
      expect(await a.sends(name)).toBe(65_534);
      expect(await a.modRefs(name, SEND, 0)).toBe(0);
      expect(await a.modRefs(name, SEND, -65_534)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    },
  );

  rule('mod_refs SEND to 0 leaves the receive right under the name', async ({ a }) => {
    const name = await a.sender();
    expect(await a.modRefs(name, SEND, -1)).toBe(0);
    expect(await a.type(name)).toBe(TYPE.RECEIVE);
    expect(await a.modRefs(name, SEND, 1)).toBe('KERN_INVALID_RIGHT');
  });

  rule(
    'mod_refs DEAD_NAME: below 0 KERN_INVALID_VALUE, above 65535 KERN_UREFS_OVERFLOW, to 0 frees the name',
    async ({ a }) => {
      const name = await a.deadName(2);
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, -3)).toBe('KERN_INVALID_VALUE');
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, 65_534)).toBe('KERN_UREFS_OVERFLOW');
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, 65_533)).toBe(0);
      expect(await a.deads(name)).toBe(65_535);
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, -65_535)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    },
  );
}

function dropping(rule: Rule): void {
  rule('deallocate takes one reference of a send right; with the last the name goes', async ({ a, b }) => {
    const name = await a.sendRightTo(await b.port(), b);
    await a.modRefs(name, SEND, 1);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.sends(name)).toBe(1);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.deallocate(name)).toBe('KERN_INVALID_NAME');
  });

  rule('deallocate of a send-once right destroys it: its port is told', async ({ a, b }) => {
    const port = await a.port();
    const once = await a.give(DISP.MAKE_SEND_ONCE, port, b);
    expect(await b.deallocate(once)).toBe(0);
    expect(await b.type(once)).toBe('KERN_INVALID_NAME');
    expect(await a.notices(port)).toEqual(['send-once']);
  });

  rule('deallocate takes one reference of a dead name', async ({ a }) => {
    const name = await a.deadName(2);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.deads(name)).toBe(1);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
  });

  rule('deallocate of a receive right alone, or of a set, is KERN_INVALID_RIGHT', async ({ a }) => {
    const port = await a.port();
    const set = await a.set(port);
    expect(await a.deallocate(port)).toBe('KERN_INVALID_RIGHT');
    expect(await a.deallocate(set)).toBe('KERN_INVALID_RIGHT');
    expect(await a.members(set)).toEqual([port]);
  });

  rule('deallocate on SEND+RECEIVE takes a send reference only', async ({ a }) => {
    const name = await a.sender();
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.type(name)).toBe(TYPE.RECEIVE);
    expect(await a.deallocate(name)).toBe('KERN_INVALID_RIGHT');
  });

  rule('destroy drops everything that the name denotes, all references at once', async ({ a, b }) => {
    const name = await a.sender();
    await a.modRefs(name, SEND, 10);
    const there = await b.sendRightTo(name, a);
    expect(await a.destroy(name)).toBe(0);
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    expect(await b.type(there)).toBe(TYPE.DEAD_NAME);
    await b.modRefs(there, RIGHT.DEAD_NAME, 5);
    expect(await b.destroy(there)).toBe(0);
    expect(await b.type(there)).toBe('KERN_INVALID_NAME');
  });

  rule('destroy of a send right with many references is one sender less', async ({ a, b }) => {
    const port = await a.port();
    const name = await b.sendRightTo(port, a);
    await b.modRefs(name, SEND, 10);
    await a.watch(port, NOTIFY.NO_SENDERS, port);
    expect(await b.destroy(name)).toBe(0);
    expect(await a.notices(port)).toEqual(['no-senders 1']);
  });
}

function inserting(rule: Rule): void {
  rule('insert_right: a send right made, copied or moved, into another task', async ({ a, b }) => {
    const { task } = await a.peer(b);
    const port = await a.sender();
    expect(await a.insert(OTHER, port, DISP.MAKE_SEND, task)).toBe(0);
    expect(await b.sends(b.mine(OTHER))).toBe(1);
    expect(await a.insert(OTHER, port, DISP.COPY_SEND, task)).toBe(0);
    expect([await b.sends(OTHER), await a.sends(port)]).toEqual([2, 1]);
    expect(await a.insert(OTHER, port, DISP.MOVE_SEND, task)).toBe(0);
    expect([await b.sends(OTHER), await a.sends(port)]).toEqual([3, 0]);
    await b.post(OTHER, { id: 5 });
    expect(await a.drain(port)).toEqual([5]);
  });

  rule('insert_right: send-once rights, each under a name of its own', async ({ a, b }) => {
    const { task } = await a.peer(b);
    const port = await a.port();
    expect(await a.insert(OTHER, port, DISP.MAKE_SEND_ONCE, task)).toBe(0);
    const once = await a.once(port);
    expect(await a.insert(OTHER + 1, once, DISP.MOVE_SEND_ONCE, task)).toBe(0);
    expect(await a.type(once)).toBe('KERN_INVALID_NAME');
    expect([await b.type(b.mine(OTHER)), await b.type(b.mine(OTHER + 1))]).toEqual([TYPE.SEND_ONCE, TYPE.SEND_ONCE]);
  });

  rule('insert_right: a receive right, with what waits in its queue', async ({ a, b }) => {
    const { task } = await a.peer(b);
    const port = await a.sender();
    await a.postMany(port, 2);
    expect(await a.insert(OTHER, port, DISP.MOVE_RECEIVE, task)).toBe(0);
    expect([await a.type(port), await b.type(b.mine(OTHER))]).toEqual([TYPE.SEND, TYPE.RECEIVE]);
    expect(await b.drain(OTHER)).toEqual([0, 1]);
  });

  rule('insert_right: a receive right joins the send rights of that name, no other', async ({ a, b }) => {
    const { task } = await a.peer(b);
    const [port, second] = [await a.port(), await a.port()];
    const [name, other] = [await b.sendRightTo(port, a), await b.sendRightTo(second, a)];
    expect(await a.insert(name, port, DISP.MOVE_RECEIVE, task)).toBe(0);
    expect(await b.type(name)).toBe(TYPE.SEND | TYPE.RECEIVE);
    expect(await a.insert(OTHER, second, DISP.MOVE_RECEIVE, task)).toBe('KERN_RIGHT_EXISTS');
    expect(await b.type(other)).toBe(TYPE.DEAD_NAME); // destroyed, and with it the port
  });

  rule('insert_right: into the task itself, by NULL or by its own task port', async ({ a }) => {
    const port = await a.port();
    expect(await a.insert(port, port, DISP.MAKE_SEND)).toBe(0);
    expect(await a.insert(port, port, DISP.MAKE_SEND, a.task.self)).toBe(0);
    expect(await a.sends(port)).toBe(2);
  });

  rule('insert_right: a disposition that is none is KERN_INVALID_VALUE, before anything is taken', async ({ a }) => {
    const port = await a.sender();
    for (const disp of [0, 9, 15, 22, 255]) expect(await a.insert(OTHER, port, disp)).toBe('KERN_INVALID_VALUE');
    expect(await a.sends(port)).toBe(1);
  });

  rule(
    'insert_right: a right that the caller does not have is KERN_INVALID_NAME or KERN_INVALID_RIGHT',
    async ({ a, b }) => {
      const [port, send] = [await a.port(), await a.sendRightTo(await b.port(), b)];
      const once = await a.once(port);
      for (const disp of [16, 17, 18, 19, 20, 21]) expect(await a.insert(OTHER, NONE, disp)).toBe('KERN_INVALID_NAME');
      for (const disp of [17, 18, 19]) expect(await a.insert(OTHER, port, disp)).toBe('KERN_INVALID_RIGHT');
      for (const disp of [16, 18, 20, 21]) expect(await a.insert(OTHER, send, disp)).toBe('KERN_INVALID_RIGHT');
      for (const disp of [16, 17, 19, 20, 21]) expect(await a.insert(OTHER, once, disp)).toBe('KERN_INVALID_RIGHT');
      expect(await a.insert(OTHER, await a.set(), DISP.MOVE_RECEIVE)).toBe('KERN_INVALID_RIGHT');
      expect(await a.type(OTHER)).toBe('KERN_INVALID_NAME');
    },
  );

  rule('insert_right: NULL or DEAD as the name is KERN_INVALID_VALUE; the right is destroyed', async ({ a }) => {
    const port = await a.sender();
    await a.modRefs(port, SEND, 5);
    for (const name of [NULL_NAME, DEAD_NAME])
      expect(await a.insert(name, port, DISP.MOVE_SEND)).toBe('KERN_INVALID_VALUE');
    expect(await a.sends(port)).toBe(4);
    expect(await a.insert(NULL_NAME, port, DISP.MAKE_SEND_ONCE)).toBe('KERN_INVALID_VALUE');
    expect(await a.notices(port)).toEqual(['send-once']);
  });

  rule('insert_right: NULL, DEAD or a dead right is KERN_INVALID_CAPABILITY', async ({ a }) => {
    const dead = await a.deadName(3);
    for (const right of [NULL_NAME, DEAD_NAME, dead])
      expect(await a.insert(OTHER, right, DISP.COPY_SEND)).toBe('KERN_INVALID_CAPABILITY');
    expect(await a.deads(dead)).toBe(3);
    expect(await a.insert(OTHER, dead, DISP.MOVE_SEND)).toBe('KERN_INVALID_CAPABILITY');
    expect(await a.insert(OTHER, dead, DISP.MOVE_SEND_ONCE)).toBe('KERN_INVALID_CAPABILITY');
    expect(await a.deads(dead)).toBe(1);
    expect(await a.insert(NULL_NAME, NULL_NAME, DISP.COPY_SEND)).toBe('KERN_INVALID_VALUE');
  });

  rule(
    'insert_right: a port the task has under another name is KERN_RIGHT_EXISTS, which wins over KERN_NAME_EXISTS',
    async ({ a }) => {
      const [port, used] = [await a.port(), await a.port()];
      expect(await a.insert(OTHER, port, DISP.MAKE_SEND)).toBe('KERN_RIGHT_EXISTS');
      expect(await a.insert(used, port, DISP.MAKE_SEND)).toBe('KERN_RIGHT_EXISTS');
      // Made, and destroyed.
      expect(await a.status(port)).toMatchObject({ mscount: 2, srights: false });
    },
  );

  rule('insert_right: a send-once right is never one that exists; a name in use is KERN_NAME_EXISTS', async ({ a }) => {
    const [port, used] = [await a.port(), await a.set()];
    expect(await a.insert(OTHER, port, DISP.MAKE_SEND_ONCE)).toBe(0);
    expect(await a.insert(used, port, DISP.MAKE_SEND_ONCE)).toBe('KERN_NAME_EXISTS');
    expect(await a.insert(port, port, DISP.MAKE_SEND_ONCE)).toBe('KERN_NAME_EXISTS');
    expect(await a.notices(port)).toEqual(['send-once', 'send-once']);
    a.mine(OTHER);
  });

  rule(
    'insert_right: a name in use by something else is KERN_NAME_EXISTS, and what was given is gone',
    async ({ a, b, c }) => {
      const { task } = await a.peer(b);
      const [port, used] = [await a.port(), await b.deadName()];
      const watched = await c.sendRightTo(port, a);
      expect(await a.insert(used, port, DISP.MAKE_SEND, task)).toBe('KERN_NAME_EXISTS');
      expect(await a.insert(used, port, DISP.MOVE_RECEIVE, task)).toBe('KERN_NAME_EXISTS');
      expect(await a.type(port)).toBe('KERN_INVALID_NAME');
      expect(await c.type(watched)).toBe(TYPE.DEAD_NAME);
    },
  );

  rule('insert_right, extract_right: what is no task port is MACH_SEND_INVALID_DEST', async ({ a, b, another }) => {
    const [port, guest] = [await a.port(), await another()];
    const { task } = await a.peer(guest);
    await guest.kill();
    const ordinary = await a.sendRightTo(await b.port(), b);
    for (const target of [NONE, DEAD_NAME, port, ordinary, task, await a.deadName()]) {
      expect(await a.insert(OTHER, port, DISP.MAKE_SEND, target)).toBe('MACH_SEND_INVALID_DEST');
      expect((await a.extract(1, DISP.MAKE_SEND, target)).code).toBe('MACH_SEND_INVALID_DEST');
    }
    expect((await a.status(port)).mscount).toBe(0);
  });
}

function extracting(rule: Rule): void {
  rule('extract_right: each disposition, out of another task; the right lands by the usual rules', async ({ a, b }) => {
    const { task } = await a.peer(b);
    const port = await b.sender();
    const { code, name, disp } = await a.extract(port, DISP.MAKE_SEND, task);
    expect({ code, disp }).toEqual({ code: 0, disp: DISP.MOVE_SEND });
    a.mine(name);
    expect(await a.extract(port, DISP.COPY_SEND, task)).toEqual({ code: 0, name, disp: DISP.MOVE_SEND });
    expect(await a.extract(port, DISP.MOVE_SEND, task)).toEqual({ code: 0, name, disp: DISP.MOVE_SEND });
    expect([await a.sends(name), await b.sends(port)]).toEqual([3, 0]);
    const made = await a.extract(port, DISP.MAKE_SEND_ONCE, task);
    expect(made).toMatchObject({ code: 0, disp: DISP.MOVE_SEND_ONCE });
    const once = await b.once(port);
    const moved = await a.extract(once, DISP.MOVE_SEND_ONCE, task);
    expect(moved).toMatchObject({ code: 0, disp: DISP.MOVE_SEND_ONCE });
    expect(await b.type(once)).toBe('KERN_INVALID_NAME');
    expect(await a.extract(port, DISP.MOVE_RECEIVE, task)).toEqual({ code: 0, name, disp: DISP.MOVE_RECEIVE });
    expect([await a.type(name), await b.type(port)]).toEqual([TYPE.SEND | TYPE.RECEIVE, 'KERN_INVALID_NAME']);
    await a.deallocate(made.name);
    await a.deallocate(moved.name);
    expect(await a.notices(name)).toEqual(['send-once', 'send-once']);
  });

  rule('extract_right: a disposition that is none is KERN_INVALID_VALUE, before the name', async ({ a }) => {
    for (const disp of [0, 9, 15, 22, 255]) expect((await a.extract(NONE, disp)).code).toBe('KERN_INVALID_VALUE');
    for (const disp of [16, 17, 18, 19, 20, 21]) expect((await a.extract(NONE, disp)).code).toBe('KERN_INVALID_NAME');
  });

  rule('extract_right: what the disposition does not allow is KERN_INVALID_RIGHT', async ({ a, b }) => {
    const [port, send] = [await a.port(), await a.sendRightTo(await b.port(), b)];
    const [once, set] = [await a.once(port), await a.set()];
    for (const disp of [17, 18, 19]) expect((await a.extract(port, disp)).code).toBe('KERN_INVALID_RIGHT');
    for (const disp of [16, 18, 20, 21]) expect((await a.extract(send, disp)).code).toBe('KERN_INVALID_RIGHT');
    for (const disp of [16, 17, 19, 20, 21]) expect((await a.extract(once, disp)).code).toBe('KERN_INVALID_RIGHT');
    for (const disp of [16, 17, 18, 19, 20, 21]) expect((await a.extract(set, disp)).code).toBe('KERN_INVALID_RIGHT');
  });

  rule(
    'extract_right: a dead name comes as DEAD; the moves eat one reference, what needs a receive right fails',
    async ({ a }) => {
      const dead = await a.deadName(3);
      expect(await a.extract(dead, DISP.COPY_SEND)).toEqual({ code: 0, name: DEAD_NAME, disp: DISP.MOVE_SEND });
      expect(await a.deads(dead)).toBe(3);
      expect(await a.extract(dead, DISP.MOVE_SEND)).toEqual({ code: 0, name: DEAD_NAME, disp: DISP.MOVE_SEND });
      expect(await a.extract(dead, DISP.MOVE_SEND_ONCE)).toEqual({
        code: 0,
        name: DEAD_NAME,
        disp: DISP.MOVE_SEND_ONCE,
      });
      expect(await a.deads(dead)).toBe(1);
      for (const disp of [16, 20, 21]) expect((await a.extract(dead, disp)).code).toBe('KERN_INVALID_RIGHT');
      expect(await a.extract(dead, DISP.MOVE_SEND)).toMatchObject({ code: 0, name: DEAD_NAME });
      expect(await a.type(dead)).toBe('KERN_INVALID_NAME');
    },
  );
}

function sets(rule: Rule): void {
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
}

function receiveRights(rule: Rule): void {
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
    await a.request(port, NOTIFY.PORT_DESTROYED, 0).then(({ name }) => a.mine(name));
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
    const { body } = await a.take(queue);
    const [right] = body as { name: number }[];
    expect(await a.sends(a.mine(right?.name ?? 0))).toBe(1);
  });
}
