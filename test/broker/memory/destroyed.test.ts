import { expect, test } from 'vitest';
import { make, SendRight, sendXp, serveXp } from '../../../src/task/index.ts';
import { until } from '../../support/until.ts';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;

test('a port whose object was destroyed is another object’s at the next mapping, though the old one is still mapped', async () => {
  await using world = await MemoryRig.start();
  const task = await world.task('pager and reader');
  const object = task.allocate({ label: 'object', qlimit: 1024 });
  const controls: SendRight[] = [];
  const heard: string[] = [];
  serveXp(object, ({ message, rights }) => {
    heard.push(message.kind.replace('memory_object_', ''));
    const [first, ...others] = rights;
    for (const right of others) right.deallocate();
    if (message.kind === 'memory_object_init' && first instanceof SendRight) {
      controls.push(first);
      return sendXp(first, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    }
    first?.deallocate();
    const control = controls.at(-1);
    if (message.kind !== 'memory_object_data_request' || control === undefined) return;
    const supply = { kind: 'memory_object_data_supply', reqId: message.reqId, replyId: 0, lock: 0 } as const;
    const data = new Uint8Array(PAGE).fill(controls.length);
    sendXp(control, { ...supply, offset: message.offset, precious: false, gen: 1, data });
  });
  using right = make.send(object);
  const old = await task.vm.map(right, { size: 2 * PAGE });
  expect((await old.read(0, 1))[0]).toBe(1);
  const [control] = controls;
  if (control === undefined) throw new TypeError('no init has come');
  sendXp(control, { kind: 'memory_object_destroy', reason: 1 });
  await until(() => heard.includes('terminate'));

  const next = await task.vm.map(right, { size: 2 * PAGE });
  expect((await next.read(0, 1))[0]).toBe(2);
  expect(heard).toEqual(['init', 'data_request', 'terminate', 'init', 'data_request']);
  expect((await old.read(0, 1))[0]).toBe(1);
  expect((await task.traps.vm_read(old.address + PAGE, 1)).code).toBe('KERN_MEMORY_ERROR');
  await old.unmap();
  const again = await task.vm.map(right, { size: PAGE });
  expect((await again.read(0, 1))[0]).toBe(2);
  expect(controls).toHaveLength(2);

  for (const region of [next, again]) await region.unmap();
  for (const each of controls) each.deallocate();
  object.destroy();
});
