import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Block } from 'easync/servers/block';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';
import { BLOCKFILE, pattern } from './devices.ts';
import { canMount, SmallDisk, WITHOUT_MOUNT } from './small-disk.ts';

// A disk that is really full: a file system of 64 KiB, and a device of 128 that is a hole in it.
describe.skipIf(!canMount)(`a full disk${WITHOUT_MOUNT}`, () => {
  test.each(['inline', 'thread', 'process'] as const)(
    '%s: ENOSPC at the write; what was written stays, and the device works on',
    async (place) => {
      await using scratch = await Scratch.make();
      using disk = new SmallDisk(scratch.join('small'), '64k');
      await using t = await testSystem();
      const path = join(disk.path, 'disk');
      writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(16_384, 1));
      using device = await t.sys.open(Block, BLOCKFILE, { place, options: { path, blocks: 32, create: true } });

      let full = 0;
      while (full < 32 && (await succeeds(device.write({ lba: full, data: pattern(4096, full) })))) full += 1;
      expect(full).toBeGreaterThan(4);
      expect(full).toBeLessThanOrEqual(12);
      const refused = await rejection(device.write({ lba: full, data: pattern(4096, 99) }));
      expect(refused).toMatchObject({ name: 'BlockError', code: 'ENOSPC' });
      expect(refused.message).toBe(`ENOSPC: no space left on device, write: block ${full} of 32 in ${path}`);
      // Part of this one has its room already; the rest has not.
      const across = pattern(4 * 4096, 50);
      expect(await rejection(device.write({ lba: full - 2, data: across }))).toMatchObject({ code: 'ENOSPC' });

      for (let lba = 0; lba < full - 2; lba += 1) {
        expect(Buffer.compare(await device.read({ lba, count: 1 }), pattern(4096, lba)), `block ${lba}`).toBe(0);
      }
      expect(await device.read({ lba: full + 2, count: 30 - full })).toEqual(new Uint8Array((30 - full) * 4096));
      expect(await device.write({ lba: 0, data: pattern(4096, 7) })).toBe(1);
      await device.flush();
      expect(Buffer.compare(await device.read({ lba: 0, count: 1 }), pattern(4096, 7))).toBe(0);

      rmSync(join(disk.path, 'ballast'));
      expect(await device.write({ lba: full - 2, data: across })).toBe(4);
      await device.flush();
      expect(Buffer.compare(await device.read({ lba: full - 2, count: 4 }), across)).toBe(0);
    },
  );
});

async function succeeds(call: unknown): Promise<boolean> {
  try {
    await call;
    return true;
  } catch {
    return false;
  }
}
