import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { make, SendRight, sendXp, serveXp } from '../../../src/task/index.ts';
import { rejection } from '../../support/rejection.ts';
import { MemoryRig } from './memory-rig.ts';

const PAGE = 4096;

test('where the system has no room for a page, who waits for it is told, and nothing else is lost', async () => {
  await using world = await MemoryRig.start();
  const { rig } = world;
  const task = await world.task('pager and reader');
  const object = task.allocate({ label: 'object', qlimit: 1024 });
  let requests = 0;
  let control: SendRight | undefined;
  serveXp(object, ({ message, rights }) => {
    const [first, ...others] = rights;
    for (const right of others) right.deallocate();
    if (message.kind === 'memory_object_init' && first instanceof SendRight) {
      control = first;
      return sendXp(first, { kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
    }
    first?.deallocate();
    if (message.kind !== 'memory_object_data_request' || control === undefined) return;
    requests += 1;
    const supply = { kind: 'memory_object_data_supply', reqId: message.reqId, replyId: 0, lock: 0 } as const;
    const data = new Uint8Array(PAGE).fill(7);
    sendXp(control, { ...supply, offset: message.offset, precious: false, gen: 1, data });
  });
  using right = make.send(object);
  const region = await task.vm.map(right, { size: 2 * PAGE });
  const zeros = await task.vm.allocate(PAGE);
  const other = await task.vm.allocate(PAGE);
  for (const { address } of [region, zeros]) isFull((await task.traps.vm_region(address)).fd);

  for (const count of [1, 2]) {
    const { code } = await task.traps.vm_read(region.address + PAGE, 1);
    expect([code, requests]).toEqual(['KERN_MEMORY_ERROR', count]);
  }
  expect((await rejection(zeros.write(0, Uint8Array.of(1))))['code']).toBe('KERN_MEMORY_ERROR');
  // What was written may have got lost: it is not zeros again.
  expect((await task.traps.vm_read(zeros.address, 1)).code).toBe('KERN_MEMORY_ERROR');
  await other.write(0, Uint8Array.of(9));
  expect((await other.read(0, 1))[0]).toBe(9);
  expect(rig.faults.splice(0)).toEqual([expect.stringContaining('ENOSPC'), expect.stringContaining('ENOSPC')]);

  for (const each of [region, zeros, other]) await each.unmap();
  control?.deallocate();
  object.destroy();
});

/** From now on the broker's memory is on a device that is full. */
function isFull(fd: number): void {
  closeSync(fd);
  const others: number[] = [];
  for (let opened = openSync('/dev/full', 'r+'); opened !== fd; opened = openSync('/dev/full', 'r+'))
    others.push(opened);
  for (const opened of others) closeSync(opened);
}
