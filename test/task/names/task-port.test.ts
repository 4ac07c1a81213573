import { DISP, make, RIGHT, type SendRight } from 'easync';
import { expect, test } from 'vitest';
import { Porter, PORTER } from '../../support/porter.ts';
import { testSystem } from '../../support/system.ts';

// Whoever is given a right to a task's port can make kernel calls on that task (mach.md §3).
test('a task lends its name space by its task port', async () => {
  await using t = await testSystem();
  using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const { traps } = t.sys.task;
  using port = t.sys.task.allocate();
  await porter.lend({ to: make.send(port) });
  using right = (await port.receive()).body as SendRight;
  const theirs = traps.on(right.name);
  const { code, name } = await theirs.port_allocate(RIGHT.RECEIVE);
  expect(code).toBe(0);
  expect((await theirs.port_names()).names).toContain(name);
  const { name: mine } = await traps.port_allocate(RIGHT.RECEIVE);
  expect(await theirs.port_insert_right(0, 5_000, mine, DISP.MAKE_SEND)).toEqual({ code: 0 });
  expect(await theirs.port_get_refs(5_000, RIGHT.SEND)).toEqual({ code: 0, value: 1 });
  await traps.port_destroy(mine);
  expect(await theirs.port_get_refs(5_000, RIGHT.DEAD_NAME)).toEqual({ code: 0, value: 1 });
  await theirs.port_deallocate(5_000);
  const extracted = await theirs.port_extract_right(0, name, DISP.MAKE_SEND);
  expect(await traps.msg({ send: { remote: { disp: DISP.COPY_SEND, name: extracted.name }, body: 'hello' } })).toEqual({
    code: 0,
  });
  expect((await theirs.port_get_receive_status(name)).msgcount).toBe(1);
  await theirs.port_destroy(name);
  expect(await traps.port_deallocate(extracted.name)).toEqual({ code: 0 });
  expect(await traps.on(port.name).port_names()).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
});
