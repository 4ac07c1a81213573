import { expect, test } from 'vitest';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;

test('memory that could not be given to a default pager, as that had gone, is KERN_MEMORY_ERROR', async () => {
  await using world = await MemoryRig.start();
  const { rig, memory } = world;
  const pager = await world.task('pager');
  const writer = await world.task('writer');
  const port = pager.allocate({ label: 'default pager' });
  await world.setDefaultPager(port);

  const region = await writer.vm.allocate(2 * PAGE);
  for (const page of [0, 1]) await region.write(page * PAGE, Uint8Array.of(page + 1));
  const [object] = memory.inspect().objects;
  const session = rig.broker.sessions.get(pager.welcome.task);
  if (object === undefined || session === undefined) throw new TypeError('no object, or no pager');
  // The broker's own task has not heard yet that the port is dead.
  rig.broker.end(session);
  memory.vm.evict(object.object, 0);
  memory.carryOut();

  expect((await writer.traps.vm_read(region.address, 1)).code).toBe('KERN_MEMORY_ERROR');
  expect((await region.read(PAGE, 1))[0]).toBe(2);
  expect(memory.inspect().objects).toMatchObject([{ state: 'dead', resident: 1 }]);
  await region.unmap();
});
