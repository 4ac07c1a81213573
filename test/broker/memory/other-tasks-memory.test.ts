import { expect, test } from 'vitest';
import { DISP } from '../../../src/kernel/types.ts';
import { serveXp } from '../../../src/task/index.ts';
import { until } from '../../support/until.ts';
import type { Rig } from '../rig.ts';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;

test('who waits for another task’s memory hears of that task’s end, and leaves nothing behind at its own', async () => {
  await using world = await MemoryRig.start();
  const { rig, memory } = world;
  const pager = await world.task('pager');
  const victim = await world.task('victim');
  const holder = await world.task('holder');

  const object = pager.allocate({ label: 'object that never answers', qlimit: 1024 });
  serveXp(object, ({ rights }) => rights.forEach((right) => right.deallocate()));
  const name = await given(rig, pager, object.name, holder.welcome.task);
  const port = await given(rig, victim, victim.traps.self, holder.welcome.task, DISP.COPY_SEND);
  const there = holder.traps.on(port);
  const { code, address } = await there.vm_map({ size: PAGE, object: name, disp: DISP.COPY_SEND, protection: 3 });
  expect([code, address]).toEqual([0, PAGE]);
  const reading = there.vm_read(address, 1);
  const again = holder.traps.on(port).vm_read(address, 1);
  await until(() => memory.inspect().objects[0]?.waiting === 2);
  await victim.dispose();
  expect([(await reading).code, (await again).code]).toEqual(['KERN_INVALID_TASK', 'KERN_INVALID_TASK']);
  expect((await there.vm_read(address, 1)).code).toBe('MACH_SEND_INVALID_DEST');
  await until(() => memory.inspect().objects.length === 0);

  const target = await world.task('target');
  const other = await given(rig, target, target.traps.self, holder.welcome.task, DISP.COPY_SEND);
  const mapped = await holder.traps.on(other).vm_map({ size: PAGE, object: name, disp: DISP.COPY_SEND, protection: 3 });
  void holder.traps.on(other).vm_read(mapped.address, 1);
  await until(() => memory.inspect().objects[0]?.waiting === 1);
  await holder.dispose();
  await until(() => memory.inspect().objects[0]?.waiting === 0);
});

/** Gives a right of one task to another, which finds it under the name that is answered. */
async function given(
  rig: Rig,
  from: { calls: { call(op: 'port_names', fields: object): Promise<unknown> }; welcome: { task: number } },
  name: number,
  to: number,
  disp: number = DISP.MAKE_SEND,
): Promise<number> {
  await from.calls.call('port_names', {});
  const granted = rig.broker.kernel.grant(from.welcome.task, { disp, name }, to);
  expect(granted.code).toBe(0);
  return granted.name ?? 0;
}
