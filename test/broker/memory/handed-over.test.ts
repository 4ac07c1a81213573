import { expect, test } from 'vitest';
import { Memory } from '../../../src/broker/memory/memory.ts';
import { make } from '../../../src/task/index.ts';
import { Rig } from '../rig.ts';

const PAGE = 4096;

test('memory that could not be given to a default pager, as that had gone, is KERN_MEMORY_ERROR', async () => {
  await using rig = await Rig.start();
  const own = await rig.task('broker');
  const memory = new Memory(rig.broker, own);
  rig.broker.memory = memory;
  const pager = await rig.task('pager');
  const writer = await rig.task('writer');
  const port = pager.allocate({ label: 'default pager' });
  const right = make.send(port);
  const spec = right.departSpec();
  right.consume();
  await pager.calls.call('port_names', {});
  const taken = memory.take(pager.welcome.task, spec);
  if ('code' in taken) throw new TypeError(taken.code);
  memory.setDefaultPager(taken.right);

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
  for (const task of [writer, own]) await task.dispose();
});
