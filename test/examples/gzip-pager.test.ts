import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Pager } from 'easync/pager';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem } from '../support/system.ts';

const GZIP_PAGER = new URL('../../examples/gzip-pager/pager.js', import.meta.url);
const PAGE = 4096;

test('the gzip pager: forwards, backwards and at random it is what was compressed, in one member or several', async () => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  const { sys } = system;
  const path = scratch.join('numbers.gz');
  const plain = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, i) => i * 2_654_435_761).buffer);
  writeFileSync(path, Buffer.concat([gzipSync(plain.subarray(0, 70_001)), gzipSync(plain.subarray(70_001))]));
  using pager = await sys.open(Pager, GZIP_PAGER, { place: 'inline', options: { name: 'numbers', path } });
  const { port, size } = await pager.object({ name: 'numbers' });
  expect(size).toBe(plain.length);
  await using region = await sys.task.vm.map(port, { size, protection: 'r' });
  port.deallocate();
  const pages = Math.ceil(size / PAGE);
  for (const step of [pages - 1, 7, 1]) {
    await pager.invalidate({ name: 'numbers' });
    for (let at = 0; at < pages; at += 1) {
      const offset = ((at * step) % pages) * PAGE;
      const length = Math.min(PAGE, size - offset);
      const read = await region.read(offset, length);
      expect(plain.subarray(offset, offset + length).equals(read), `from ${offset}`).toBe(true);
    }
  }
});

test('the gzip pager: a file that is cut off is refused at once', async () => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  const path = scratch.join('cut.gz');
  writeFileSync(path, gzipSync(Buffer.alloc(100_000, 'text')).subarray(0, -9));
  const options = { name: 'cut', path };
  const refused = await rejection(system.sys.open(Pager, GZIP_PAGER, { place: 'inline', options }));
  expect(refused['code']).toBe('Z_BUF_ERROR');
});
