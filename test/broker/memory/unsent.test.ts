import { expect, test } from 'vitest';
import { make, SendRight, sendXp, serveXp } from '../../../src/task/index.ts';
import { until } from '../../support/until.ts';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;
const RUN = 32;
const PAGES = 8 * RUN;
const ASKED = 100;

test('a pager that asks for its pages again and again, and leaves them lying, is heard no more until it takes them', async () => {
  await using world = await MemoryRig.start({ deliveryWindow: 1 });
  const { rig, memory } = world;
  const task = await world.task('pager');
  const object = task.allocate({ label: 'object', qlimit: 1 });
  let control: SendRight | undefined;
  let isStuck = false;
  let returned = 0;
  let completed = 0;
  const port = serveXp(
    object,
    ({ message, rights }) => {
      const [first, ...others] = rights;
      for (const right of others) right.deallocate();
      if (message.kind === 'memory_object_data_return') returned += message.data.length;
      if (message.kind === 'memory_object_lock_completed') completed += 1;
      if (message.kind !== 'memory_object_init') return first?.deallocate();
      if (!(first instanceof SendRight)) throw new TypeError('init brings a control port');
      control = first;
      isStuck = true;
      sendXp(first, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    },
    () => isStuck,
  );
  const right = make.send(object);
  const region = await task.vm.map(right, { size: PAGES * PAGE });
  right.deallocate();
  await until(() => control !== undefined);
  if (control === undefined) throw new TypeError('no init has come');
  const supply = { kind: 'memory_object_data_supply', reqId: 0, replyId: 0, lock: 0, precious: true, gen: 1 } as const;
  for (let at = 0; at < PAGES; at += RUN)
    sendXp(control, { ...supply, offset: at * PAGE, data: new Uint8Array(RUN * PAGE) });
  const all = { kind: 'memory_object_lock_request', reqId: 1, answers: 0, offset: 0, length: PAGES * PAGE } as const;
  for (let i = 0; i < ASKED; i += 1) sendXp(control, { ...all, shouldReturn: 2, shouldFlush: false, lock: 8, gen: 1 });

  const queuedBytes = (): number =>
    rig.broker.kernel.inspect().tasks.find(({ task: id }) => id === memory.ownTask)?.queuedBytes ?? 0;
  await until(() => queuedBytes() > 3 * 2 ** 20);
  // Time enough to hear all of them: each is there when a call that is made after the one before has been answered.
  for (let i = 0; i < 2 * ASKED; i += 1) await world.own.calls.call('port_names', {});
  expect(queuedBytes()).toBeLessThan(8 * 2 ** 20);
  expect(rig.broker.kernel.inspect().ports.some(({ msgcount, qlimit }) => qlimit > 1 && msgcount > ASKED / 2)).toBe(
    true,
  );

  isStuck = false;
  port.goOn();
  await until(() => completed === ASKED);
  expect(returned).toBe(ASKED * PAGES * PAGE);
  await region.unmap();
  control.deallocate();
  object.destroy();
});
