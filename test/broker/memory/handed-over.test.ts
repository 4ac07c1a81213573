import { expect, test } from 'vitest';
import { Memory } from '../../../src/broker/memory/memory.ts';
import { make } from '../../../src/task/index.ts';
import { until } from '../../support/until.ts';
import { Rig } from '../rig.ts';

const PAGE = 4096;
const PAGES = 6;

test('memory that could not be given to a default pager, as that had gone, is KERN_MEMORY_ERROR', async () => {
  await using rig = await Rig.start({ cachePages: 8 });
  const own = await rig.task('broker');
  const memory = new Memory(rig.broker, own);
  rig.broker.memory = memory;
  const pager = await rig.task('pager');
  const writer = await rig.task('writer');
  // Nobody receives from the port: the first object waits in its queue, the second at its sender.
  const port = pager.allocate({ label: 'default pager', qlimit: 1 });
  const right = make.send(port);
  const spec = right.departSpec();
  right.consume();
  await pager.calls.call('port_names', {});
  const taken = memory.take(pager.welcome.task, spec);
  if ('code' in taken) throw new TypeError(taken.code);
  memory.setDefaultPager(taken.right);

  const regions = [await writer.vm.allocate(PAGES * PAGE), await writer.vm.allocate(PAGES * PAGE)];
  for (const region of regions) {
    for (let page = 0; page < PAGES; page += 1) await region.write(page * PAGE, Uint8Array.of(page + 1));
  }
  await until(() => rig.broker.kernel.inspect().ports.some(({ qlimit, blocked }) => qlimit === 1 && blocked === 1));
  port.destroy();
  await until(() => memory.inspect().objects.every(({ state }) => state === 'dead'));
  for (const region of regions) {
    const codes = [];
    for (let page = 0; page < PAGES; page += 1) {
      const { code, data } = await writer.traps.vm_read(region.address + page * PAGE, 1);
      codes.push(code);
      if (code === 0) expect(data?.[0]).toBe(page + 1);
    }
    expect(codes).toContain('KERN_MEMORY_ERROR');
    expect(codes.filter((code) => code !== 0 && code !== 'KERN_MEMORY_ERROR')).toEqual([]);
    await region.unmap();
  }
  for (const task of [writer, pager, own]) await task.dispose();
});
