import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { section } from '../rules.ts';

const { SEND } = RIGHT;
/** A name that nothing has. */
const NONE = 0x2fff_ffff;
const OTHER = 0x2100_0000;

export const transfer = section('§3 operations: insert_right and extract_right', (rule) => {
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

  rule('insert_right: the last reference, moved within the task, is under the new name then', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, NOTIFY.DEAD_NAME, told);
    expect(await a.insert(OTHER, name, DISP.MOVE_SEND)).toBe(0);
    expect([await a.type(name), await a.type(a.mine(OTHER))]).toEqual(['KERN_INVALID_NAME', TYPE.SEND]);
    expect(await a.notices(told)).toEqual([`port-deleted ${name}`]);
    const receive = await a.port();
    expect(await a.insert(OTHER + 1, receive, DISP.MOVE_RECEIVE)).toBe(0);
    expect([await a.type(receive), await a.type(a.mine(OTHER + 1))]).toEqual(['KERN_INVALID_NAME', TYPE.RECEIVE]);
    expect(await a.sendRightTo(port, b)).toBe(OTHER);
    expect(await a.insert(OTHER + 2, OTHER, DISP.MOVE_SEND)).toBe('KERN_RIGHT_EXISTS');
    expect(await a.sends(OTHER)).toBe(1);
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
});
