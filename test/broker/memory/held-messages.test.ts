import { expect, test } from 'vitest';
import { openNamelessFile } from '../../../src/os/nameless-file.ts';
import { make, SendRight, sendXp, serveXp } from '../../../src/task/index.ts';
import { pinAt } from '../../../src/vm/layout.ts';
import { until } from '../../support/until.ts';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;
const PAGES = 300;

test('while a page that is asked back is in use, what its pager goes on to say waits at its sender, its death too', async () => {
  await using world = await MemoryRig.start();
  const { rig, memory } = world;
  const task = await world.task('pager and reader');

  const object = task.allocate({ label: 'object', qlimit: 1024 });
  let control: SendRight | undefined;
  serveXp(object, ({ message, rights }) => {
    const [first, ...others] = rights;
    for (const right of others) right.deallocate();
    if (message.kind !== 'memory_object_init') return first?.deallocate();
    if (!(first instanceof SendRight)) throw new TypeError('init brings a control port');
    control = first;
    sendXp(first, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    return supply(first, 0);
  });
  const right = make.send(object);
  const region = await task.vm.map(right, { size: PAGES * PAGE });
  right.deallocate();
  expect((await region.read(0, 1))[0]).toBe(1);
  if (control === undefined) throw new TypeError('no init has come');

  // As a task does that is stopped in the middle of a copy.
  const where = await task.traps.vm_region(region.address);
  using file = openNamelessFile(where.pid, where.fd);
  using slot = file.window(pinAt(where.slot), 8);
  slot.store(0, 1);
  const flush = { kind: 'memory_object_lock_request', reqId: 0, answers: 0, offset: 0, length: PAGE } as const;
  sendXp(control, { ...flush, shouldReturn: 1, shouldFlush: true, lock: 8, gen: 0 });
  for (let page = 1; page < PAGES; page += 1) supply(control, page);
  object.destroy();
  await until(() => rig.broker.kernel.inspect().ports.some(({ msgcount }) => msgcount === PAGES - 1));
  expect(memory.inspect().objects).toMatchObject([{ state: 'ready', resident: 1 }]);

  slot.store(0, 0);
  await until(() => memory.inspect().objects[0]?.state === 'dead');
  expect(memory.inspect().objects).toMatchObject([{ resident: PAGES - 1 }]);
  expect((await region.read(299 * PAGE, 1))[0]).toBe(300 & 0xff);
  await region.unmap();
  control.deallocate();
});

function supply(control: SendRight, page: number): void {
  const data = new Uint8Array(PAGE).fill((page + 1) & 0xff);
  const message = { kind: 'memory_object_data_supply', reqId: 0, replyId: 0, offset: page * PAGE } as const;
  sendXp(control, { ...message, lock: 0, precious: false, gen: page + 1, data });
}
