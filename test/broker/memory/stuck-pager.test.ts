import { expect, test } from 'vitest';
import { serveXp } from '../../../src/task/index.ts';
import { until } from '../../support/until.ts';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;
const PAGES = 600;

test('a default pager that leaves lying what it gets holds up who wants more room, and nobody else; nothing is lost', async () => {
  await using world = await MemoryRig.start({ cachePages: 64 });
  const { memory } = world;
  const pager = await world.task('pager');
  const writer = await world.task('writer');
  const other = await world.task('other');

  // Nobody receives from the port: what is given back waits in its queue, and then at its sender.
  const port = pager.allocate({ label: 'default pager', qlimit: 1024 });
  const made: { receive(): void }[] = [];
  const kept = new Map<number, number>();
  let received = 0;
  serveXp(port, ({ message, rights }) => {
    const [object, control] = rights;
    expect(message.kind).toBe('memory_object_create');
    if (object === undefined || !('serve' in object)) throw new TypeError('no object');
    void pager.traps.port_set_qlimit(object.name, 1);
    made.push({
      receive: () =>
        serveXp(object, ({ message: returned, rights: others }) => {
          for (const right of others) right.deallocate();
          if (returned.kind !== 'memory_object_data_initialize' && returned.kind !== 'memory_object_data_return')
            return;
          received += 1;
          for (let at = 0; at < returned.data.length; at += PAGE)
            kept.set((returned.offset + at) / PAGE, returned.data[at] ?? 0);
        }),
    });
    control?.deallocate();
    rights[2]?.deallocate();
  });
  await world.setDefaultPager(port);

  const region = await writer.vm.allocate(PAGES * PAGE);
  let written = 0;
  const writing = (async () => {
    for (; written < PAGES; written += 1)
      await region.write(written * PAGE, new Uint8Array(PAGE).fill(1 + (written % 250)));
  })();
  await until(() => written === PAGES || memory.inspect().objects.some(({ waiting }) => waiting > 0));
  expect(written).toBeLessThan(450);
  expect(memory.inspect().resident).toBeLessThan(200);

  const small = await other.vm.allocate(PAGE);
  await small.write(0, new Uint8Array(PAGE).fill(9));
  expect((await small.read(5, 1))[0]).toBe(9);

  for (const object of made) object.receive();
  await writing;
  expect(written).toBe(PAGES);
  await until(() => kept.size > PAGES - 200);
  for (const [page, first] of kept) expect(first).toBe(1 + (page % 250));
  expect(received).toBeGreaterThan(0);
});
