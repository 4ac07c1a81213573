import { DEAD_NAME, DISP, NOTIFY, NULL_NAME, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { section } from '../rules.ts';
import type { Calls } from '../world.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE, MOVE_RECEIVE } = DISP;
const OTHER = 0x2400_0000;
const NONE = 0x2fff_ffff;

/** Every call, with arguments that are fine for `name`, a receive right of the task. */
const EVERY: ((calls: Calls, name: number) => Promise<{ code: unknown; name?: number }>)[] = [
  (calls) => calls.port_allocate(RIGHT.RECEIVE),
  (calls) => calls.port_allocate_name(RIGHT.RECEIVE, OTHER),
  (calls, name) => calls.port_rename(name, OTHER),
  (calls, name) => calls.port_type(name),
  (calls) => calls.port_names(),
  (calls, name) => calls.port_get_refs(name, RIGHT.RECEIVE),
  (calls, name) => calls.port_mod_refs(name, RIGHT.RECEIVE, -1),
  (calls, name) => calls.port_deallocate(name),
  (calls, name) => calls.port_destroy(name),
  (calls, name) => calls.port_insert_right(NULL_NAME, OTHER, name, MAKE_SEND_ONCE),
  (calls, name) => calls.port_extract_right(NULL_NAME, name, MAKE_SEND),
  (calls, name) => calls.port_move_member(name, NULL_NAME),
  (calls, name) => calls.port_get_set_status(name),
  (calls, name) => calls.port_get_receive_status(name),
  (calls, name) => calls.port_set_qlimit(name, 1),
  (calls, name) => calls.port_set_mscount(name, 1),
  (calls, name) => calls.port_set_seqno(name, 1),
  (calls, name) => calls.port_request_notification(name, NOTIFY.DEAD_NAME, 0, name, MAKE_SEND_ONCE),
];

export const anotherTask = section('§3 on another task, by its task port', (rule) => {
  rule(
    'a bad or dead task port is MACH_SEND_INVALID_DEST for every call, and nothing has happened',
    async ({ a, b, another }) => {
      const guest = await another();
      const { task } = await a.peer(guest);
      await guest.kill();
      const [port, ordinary] = [await a.port(), await a.sendRightTo(await b.port(), b)];
      const before = await a.names();
      for (const target of [NONE, DEAD_NAME, port, ordinary, task]) {
        for (const run of EVERY) expect((await run(a.task.on(target), port)).code).toBe('MACH_SEND_INVALID_DEST');
      }
      expect(await a.names()).toEqual(before);
    },
  );

  rule('on the task’s own task port every call is as without one', async ({ a }) => {
    const port = await a.port();
    for (const run of EVERY) {
      const codes = [];
      for (const calls of [a.task.calls, a.task.on(a.task.self)]) {
        const { code, name = NULL_NAME } = await run(calls, NULL_NAME);
        codes.push(code);
        for (const made of [name, OTHER]) await a.destroy(made);
      }
      expect(codes[1]).toBe(codes[0]);
    }
    expect(await a.task.on(a.task.self).port_type(port)).toMatchObject({ code: 0, value: TYPE.RECEIVE });
  });

  rule('names are that task’s: to make, to look at, to change and to end', async ({ a, b }) => {
    const { task } = await a.peer(b);
    const there = a.task.on(task);
    expect(await there.port_allocate_name(RIGHT.RECEIVE, b.mine(OTHER))).toMatchObject({ code: 0 });
    expect([await a.type(OTHER), await b.type(OTHER)]).toEqual(['KERN_INVALID_NAME', TYPE.RECEIVE]);
    expect(await there.port_type(OTHER)).toMatchObject({ code: 0, value: TYPE.RECEIVE });
    expect((await there.port_set_qlimit(OTHER, 7)).code).toBe(0);
    expect((await b.status(OTHER)).qlimit).toBe(7);
    expect(await there.port_get_receive_status(OTHER)).toMatchObject({ code: 0, qlimit: 7 });
    const { name: set } = await there.port_allocate(RIGHT.PORT_SET);
    expect((await there.port_move_member(OTHER, b.mine(set))).code).toBe(0);
    expect(await b.members(set)).toEqual([OTHER]);
    expect((await there.port_rename(OTHER, b.mine(OTHER + 1))).code).toBe(0);
    expect((await there.port_get_set_status(set)).names).toEqual([OTHER + 1]);
    expect((await there.port_destroy(OTHER + 1)).code).toBe(0);
    expect(await b.type(OTHER + 1)).toBe('KERN_INVALID_NAME');
  });

  rule('references of another task, in its own numbers', async ({ a, b, c }) => {
    const there = a.task.on((await a.peer(b)).task);
    const name = await b.sendRightTo(await c.port(), c);
    expect((await there.port_mod_refs(name, RIGHT.SEND, 3)).code).toBe(0);
    expect(await b.sends(name)).toBe(4);
    expect(await there.port_get_refs(name, RIGHT.SEND)).toMatchObject({ value: 4 });
    expect((await there.port_deallocate(name)).code).toBe(0);
    expect(await b.sends(name)).toBe(3);
    expect((await there.port_mod_refs(name, RIGHT.SEND, -3)).code).toBe(0);
    expect(await b.type(name)).toBe('KERN_INVALID_NAME');
  });

  rule('a right that is inserted is the caller’s, one that is extracted becomes the caller’s', async ({ a, b }) => {
    const there = a.task.on((await a.peer(b)).task);
    const port = await a.port();
    expect((await there.port_insert_right(NULL_NAME, b.mine(OTHER), port, MAKE_SEND)).code).toBe(0);
    expect(await b.type(OTHER)).toBe(TYPE.SEND);
    expect(await there.port_extract_right(NULL_NAME, OTHER, COPY_SEND)).toMatchObject({ code: 0, name: port });
    expect(await a.sends(port)).toBe(1);
  });

  rule(
    'a request is made on its name, told to the caller’s port; the previous right is the caller’s',
    async ({ a, b, c }) => {
      const there = a.task.on((await a.peer(b)).task);
      const [port, first, second] = [await c.port(), await a.port(), await a.port()];
      const name = await b.sendRightTo(port, c);
      const ask = (told: number) => there.port_request_notification(name, NOTIFY.DEAD_NAME, 0, told, MAKE_SEND_ONCE);
      expect(await ask(first)).toMatchObject({ code: 0, name: NULL_NAME });
      const { name: previous } = await ask(second);
      expect(await a.type(previous)).toBe(TYPE.SEND_ONCE);
      await a.deallocate(previous);
      expect(await a.notices(first)).toEqual(['send-once']);
      await c.destroy(port);
      // The name, and the reference that came with the notification, are those of the other task.
      expect(await a.notices(second)).toEqual([`dead-name ${name}`]);
      expect(await b.deads(name)).toBe(2);
    },
  );

  rule('a receive right is taken out of a task, with who waits to receive told', async ({ a, b }) => {
    const port = await b.sender();
    const waiting = await b.beginReceive(port);
    const { name } = await a.task.on((await a.peer(b)).task).port_extract_right(NULL_NAME, port, MOVE_RECEIVE);
    expect(await waiting.result).toEqual({ code: 'MACH_RCV_PORT_DIED' });
    await b.post(port, { id: 1 });
    expect(await a.drain(a.mine(name))).toEqual([1]);
  });
});
