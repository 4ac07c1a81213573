import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';
import { canMount, SmallDisk, WITHOUT_MOUNT } from '../block/small-disk.ts';
import { openPager, PAGE } from './served.ts';

// A disk that is really full: a file system of 64 KiB, and a file of 128 that is a hole in it.
describe.skipIf(!canMount)(`a full disk${WITHOUT_MOUNT}`, () => {
  test('what finds no room is kept and read, sync says why, and stores it when there is room', async () => {
    await using scratch = await Scratch.make();
    using disk = new SmallDisk(scratch.join('small'), '64k');
    await using system = await testSystem();
    const path = join(disk.path, 'book');
    writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(48 * 1024, 1));
    using pager = await openPager(system.sys, { files: { book: { path, size: 32 * PAGE } } }, 'process');
    const { port, size } = await pager.object({ name: 'book' });
    await using region = await system.sys.task.vm.map(port, { size });
    port.deallocate();

    for (let page = 0; page < 8; page += 1) await region.write(page * PAGE, new Uint8Array(PAGE).fill(page + 1));
    for (let tries = 0; tries < 2; tries += 1) {
      const failure = await rejection(pager.sync({ name: 'book' }));
      expect(failure['code']).toBe('KERN_MEMORY_ERROR');
      expect(failure.message).toContain(`ENOSPC: no space left on device, write '${path}'`);
    }
    // No broker has it any more: what comes now comes from the pager.
    await pager.invalidate({ name: 'book' });
    for (let page = 0; page < 8; page += 1) expect((await region.read(page * PAGE + 5, 1))[0]).toBe(page + 1);

    rmSync(join(disk.path, 'ballast'));
    await pager.sync({ name: 'book' });
    const stored = readFileSync(path);
    expect(stored.length).toBe(32 * PAGE);
    for (let page = 0; page < 9; page += 1)
      expect(stored.subarray(page * PAGE, (page + 1) * PAGE).every((byte) => byte === (page + 1) % 9)).toBe(true);
    expect(system.output.some((line) => line.includes('ENOSPC'))).toBe(true);
  });
});
