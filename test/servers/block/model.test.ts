import fc from 'fast-check';
import { MAX_TRANSFER } from 'easync/servers/block';
import { describe, expect, test } from 'vitest';
import { PLACEMENTS } from '../../support/lab.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';
import { DEVICES, type Disk } from './devices.ts';

// Any history of a device is that of a plain Buffer, refusals included: a refused call has changed nothing.

const BLOCK = 512;
const BLOCKS = 24;

type Step =
  | { op: 'write'; lba: number; count: number; fill: number }
  | { op: 'read'; lba: number; count: number }
  | { op: 'flush' };

const lba = fc.integer({ min: -1, max: BLOCKS + 1 });
const count = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: BLOCKS }) },
  { weight: 1, arbitrary: fc.constant(MAX_TRANSFER / BLOCK + 1) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('write'), lba, count, fill: fc.integer({ min: 1, max: 255 }) }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('read'), lba, count }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('flush') }) },
);

const cases = DEVICES.flatMap((device) => PLACEMENTS.map((placement) => ({ ...device, ...placement })));

describe.each(cases)('$driver, $where', ({ open, place, check }) => {
  test('is a Buffer', async () => {
    await using scratch = await Scratch.make();
    await using t = await testSystem({ check });
    using disk = await open(t.sys, place, { blocks: BLOCKS, blockSize: BLOCK }, scratch);
    const model = Buffer.alloc(BLOCKS * BLOCK);
    // One disk for all histories: each goes on where the last one ended, as its model does.
    const history = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      // Sent without waiting: they are served in the order they were sent, or the answers cannot agree.
      const answers = await Promise.all(steps.map((one) => outcome(disk, one)));
      expect(answers).toEqual(steps.map((one) => expected(model, one)));
      expect(Buffer.compare(await disk.read({ lba: 0, count: BLOCKS }), model)).toBe(0);
    });
    await fc.assert(history, { numRuns: 20 });
  });
});

async function outcome(disk: Disk, one: Step): Promise<string> {
  try {
    if (one.op === 'flush') return String(await disk.flush());
    if (one.op === 'read') return Buffer.from(await disk.read(one)).toString('hex');
    const data = bytesOf(one);
    const answer = disk.write({ lba: one.lba, data });
    data.fill(0xee);
    return String(await answer);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no error of a device';
  }
}

function expected(model: Buffer, one: Step): string {
  if (one.op === 'flush') return 'undefined';
  if (one.count === 0 || one.lba < 0 || one.count * BLOCK > MAX_TRANSFER) return 'EINVAL';
  if (one.lba + one.count > BLOCKS) return 'ENXIO';
  if (one.op === 'read') return model.toString('hex', one.lba * BLOCK, (one.lba + one.count) * BLOCK);
  model.set(bytesOf(one), one.lba * BLOCK);
  return String(one.count);
}

/** No two blocks of a write alike. */
function bytesOf({ count: blocks, fill }: { count: number; fill: number }): Uint8Array {
  return Uint8Array.from({ length: blocks * BLOCK }, (_, i) => (fill + Math.floor(i / BLOCK)) & 0xff);
}
