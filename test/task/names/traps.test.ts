import { boot, Call, copy, DISP, doMsg, make, move, type Name, named, NOTIFY, RIGHT, type System, TYPE } from 'easync';
import { describe, expect, test } from 'vitest';
import { Held } from '../../fixtures/held-driver.js';
import { port, to } from '../../support/by-name.ts';
import { testSystem } from '../../support/system.ts';
import { rejection } from '../../support/rejection.ts';
import { fileURLToPath } from 'node:url';

const DRIVER = fileURLToPath(new URL('../../fixtures/held-driver.js', import.meta.url));
const NAME = 7_000_001;

type Task = System['task'];

const poll = (name: Name) => ({ receive: { name }, receiveTimeout: 0 });

describe('kernel calls by name', () => {
  test('answer a code, and what they were asked for', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const before = await traps.port_names();
    expect(await traps.port_allocate_name(RIGHT.RECEIVE, NAME)).toEqual({ code: 0 });
    expect(await traps.port_allocate_name(RIGHT.RECEIVE, NAME)).toEqual({ code: 'KERN_NAME_EXISTS' });
    expect(await traps.port_type(NAME)).toEqual({ code: 0, value: TYPE.RECEIVE });
    expect(await traps.port_insert_right(0, NAME, NAME, DISP.MAKE_SEND)).toEqual({ code: 0 });
    expect(await traps.port_mod_refs(NAME, RIGHT.SEND, 2)).toEqual({ code: 0 });
    expect(await traps.port_get_refs(NAME, RIGHT.SEND)).toEqual({ code: 0, value: 3 });
    expect(await traps.port_deallocate(NAME)).toEqual({ code: 0 });
    expect(await traps.port_rename(NAME, NAME + 1)).toEqual({ code: 0 });
    expect(await traps.port_set_mscount(NAME + 1, -1)).toEqual({ code: 0 });
    expect(await traps.port_set_seqno(NAME + 1, 7)).toEqual({ code: 0 });
    const { name: set } = await traps.port_allocate(RIGHT.PORT_SET);
    expect(await traps.port_move_member(NAME + 1, set)).toEqual({ code: 0 });
    expect(await traps.port_get_set_status(set)).toEqual({ code: 0, names: [NAME + 1] });
    expect(await traps.port_get_receive_status(NAME + 1)).toEqual({
      code: 0,
      seqno: 7,
      mscount: 2 ** 32 - 1,
      qlimit: 5,
      msgcount: 0,
      sorights: 0,
      srights: true,
      pdrequest: false,
      nsrequest: false,
      pset: set,
    });
    const request = [NAME + 1, NOTIFY.NO_SENDERS, 0, NAME + 1, DISP.MAKE_SEND_ONCE] as const;
    expect(await traps.port_request_notification(...request)).toEqual({ code: 0, name: 0, disp: 18 });
    const again = await traps.port_request_notification(...request);
    expect(again).toEqual({ code: 0, name: expect.any(Number) as number, disp: 18 });
    expect(await traps.port_extract_right(0, again.name, DISP.MOVE_SEND_ONCE)).toMatchObject({ code: 0, disp: 18 });
    expect(await traps.port_destroy(NAME + 1)).toEqual({ code: 0 });
    expect(await traps.port_destroy(set)).toEqual({ code: 0 });
    for (const name of (await traps.port_names()).names) {
      if (!before.names.includes(name)) await traps.port_deallocate(name);
    }
    expect(await traps.port_names()).toEqual(before);
  });

  test('numbers that their fields cannot hold get the code for a bad value', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const name = await port(t.sys.task);
    for (const bad of [-1, 1.5, 2 ** 32, NaN, Infinity]) {
      expect(await traps.port_allocate(bad)).toEqual({ code: 'KERN_INVALID_VALUE', name: 0 });
      expect(await traps.port_allocate_name(RIGHT.RECEIVE, bad)).toEqual({ code: 'KERN_INVALID_VALUE' });
      expect(await traps.port_rename(name, bad)).toEqual({ code: 'KERN_INVALID_VALUE' });
      expect(await traps.port_rename(bad, NAME)).toEqual({ code: 'KERN_INVALID_NAME' });
      expect(await traps.port_type(bad)).toEqual({ code: 'KERN_INVALID_NAME', value: 0 });
      expect(await traps.port_get_refs(name, bad)).toEqual({ code: 'KERN_INVALID_VALUE', value: 0 });
      expect(await traps.port_mod_refs(name, bad, 0)).toEqual({ code: 'KERN_INVALID_VALUE' });
      expect(await traps.port_insert_right(0, NAME, name, bad)).toEqual({ code: 'KERN_INVALID_VALUE' });
      expect(await traps.port_insert_right(0, NAME, bad, DISP.MOVE_SEND)).toEqual({ code: 'KERN_INVALID_NAME' });
      expect(await traps.port_insert_right(0, bad, name, DISP.MAKE_SEND_ONCE)).toEqual({ code: 'KERN_INVALID_VALUE' });
      expect(await traps.port_insert_right(bad, NAME, name, DISP.MAKE_SEND)).toEqual({
        code: 'MACH_SEND_INVALID_DEST',
      });
      expect(await traps.port_move_member(name, bad)).toEqual({ code: 'KERN_INVALID_NAME' });
      expect(await traps.port_set_qlimit(bad, bad)).toEqual({ code: 'KERN_INVALID_VALUE' });
      expect(await traps.msg({ send: { remote: to(bad) } })).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
      expect(await traps.msg({ send: { remote: { disp: bad, name } } })).toEqual({ code: 'MACH_SEND_INVALID_HEADER' });
      expect(await traps.msg({ send: { remote: to(name), local: to(bad) } })).toEqual({
        code: 'MACH_SEND_INVALID_REPLY',
      });
      expect(await traps.msg({ send: { remote: to(name), body: named(DISP.COPY_SEND, bad) } })).toEqual({
        code: 'MACH_SEND_INVALID_RIGHT',
      });
      expect(await traps.msg({ send: { remote: to(name), body: named(bad, name) } })).toEqual({
        code: 'MACH_SEND_INVALID_TYPE',
      });
      expect(await traps.msg(poll(bad))).toEqual({ code: 'MACH_RCV_INVALID_NAME' });
    }
    expect(await traps.port_mod_refs(name, RIGHT.SEND, 2 ** 40)).toEqual({ code: 'KERN_UREFS_OVERFLOW' });
    for (const delta of [-(2 ** 40), 0.5, NaN])
      expect(await traps.port_mod_refs(name, RIGHT.SEND, delta)).toEqual({ code: 'KERN_INVALID_VALUE' });
    expect(await rejection(traps.port_set_seqno(name, 0.5))).toMatchObject({ code: 'EINVAL' });
    expect(await rejection(traps.msg({ sendTimeout: -1 }))).toMatchObject({ code: 'EINVAL' });
    expect(await rejection(traps.msg({ receive: { name, size: NaN } }))).toMatchObject({ code: 'EINVAL' });
    expect(await rejection(traps.msg({ send: { remote: to(name), id: -1 } }))).toMatchObject({ code: 'EINVAL' });
    await traps.port_destroy(name);
  });

  test('without a task there are codes too', async () => {
    const sys = await boot();
    const { traps } = sys.task;
    const name = await port(sys.task);
    const waiting = traps.msg({ receive: { name } });
    await sys.dispose();
    expect(await waiting).toEqual({ code: 'EBROKERDIED' });
    expect(await traps.port_type(name)).toEqual({ code: 'KERN_INVALID_TASK', value: 0 });
    expect(await traps.msg({ send: { remote: to(name) } })).toEqual({ code: 'KERN_INVALID_TASK' });
    expect(await traps.msg({ receive: { name } })).toEqual({ code: 'KERN_INVALID_TASK' });
  });

  test('a port that is destroyed by name is dead for its handles too', async () => {
    await using t = await testSystem();
    const port = t.sys.task.allocate();
    using right = make.send(port);
    const waiting = doMsg(right, new Call(1, 'hello'));
    expect(await t.sys.task.traps.port_destroy(port.name)).toEqual({ code: 0 });
    expect(await waiting).toBe('MACH_SEND_INVALID_DEST');
    expect(port.isDestroyed).toBe(true);
  });

  const ways: [string, (task: Task, name: Name) => Promise<unknown>][] = [
    ['extracted', ({ traps }, name) => traps.port_extract_right(0, name, DISP.MOVE_RECEIVE)],
    ['inserted elsewhere', ({ traps }, name) => traps.port_insert_right(0, NAME, name, DISP.MOVE_RECEIVE)],
    ['put into a set', async ({ traps }, name) => traps.port_move_member(name, (await traps.port_allocate(3)).name)],
  ];
  test.for(ways)('a port that is %s by name is received from by its handle no more', async ([_how, take]) => {
    await using t = await testSystem();
    const { task } = t.sys;
    const handle = task.allocate();
    const { name } = handle;
    await task.traps.msg({ send: { remote: to(name, DISP.MAKE_SEND), body: 'to the handle' } });
    expect(await handle.receive()).toMatchObject({ body: 'to the handle' });
    for (const body of [1, 2]) await task.traps.msg({ send: { remote: to(name, DISP.MAKE_SEND), body } });
    await take(task, name);
    expect(await rejection(handle.receive())).toMatchObject({ code: 'ERELEASED' });
    expect(handle.isDestroyed).toBe(true);
    // What the handle had not taken is there for whoever receives now.
    const { names, types } = await task.traps.port_names();
    const [set] = names.filter((_, i) => types[i] === TYPE.PORT_SET);
    const [port] = names.filter((found, i) => types[i] === TYPE.RECEIVE && found !== task.replyPort);
    const from = set ?? port ?? 0;
    expect(await task.traps.msg(poll(from))).toMatchObject({ message: { body: 1 } });
    expect(await task.traps.msg(poll(from))).toMatchObject({ message: { body: 2 } });
    expect(await task.traps.msg(poll(from))).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    for (const left of [set, port]) if (left !== undefined) await task.traps.port_destroy(left);
  });

  test('one handle that came in a message is one user reference', async () => {
    await using t = await testSystem();
    using held = await t.sys.open(Held, DRIVER, { place: 'process' });
    const port = t.sys.task.allocate();
    const refs = async (): Promise<unknown> => {
      const ports = (await t.sys.host?.ports({})) ?? [];
      return ports
        .filter(
          ({ label, rights, receiver }) =>
            label === 'held-driver' && rights.includes('send') && receiver === t.sys.task.welcome.task,
        )
        .map((p) => p.refs);
    };
    const before = await refs();
    await held.note(make.send(port));
    await held.note(make.send(port));
    await rejection(held.notes());
    expect(await refs()).toEqual([...(before as number[]), 2]);
    port.destroy();
  });

  test('a message with a right that is not held fails with MACH_SEND_INVALID_RIGHT, whatever its reply right brings', async () => {
    await using sys = await boot();
    const held = await sys.open(Held, DRIVER, { place: 'process' });
    const { right } = await held.pass({ right: copy((await sys.names.lookUp({ name: 'bootstrap' })).port) });
    // Behind the handle's back its name goes.
    await sys.task.traps.port_destroy(right.name);
    const error = await rejection(held.pass({ right: move(right) }));
    expect(error).toMatchObject({ code: 'MACH_SEND_INVALID_RIGHT', handled: 'no' });
  });
});
