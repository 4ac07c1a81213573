// Looks a line up in the middle of a gzip file: as memory, which another process decompresses where we look.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { boot } from 'easync';
import { Pager } from 'easync/pager';

const directory = await mkdtemp(join(tmpdir(), 'easync-gzip-'));
const path = join(directory, 'log.gz');
const log = Array.from({ length: 60_000 }, (_, i) => `${String(i * 5).padStart(8, '0')} ${'*'.repeat(i % 30)} ${i}\n`);
await writeFile(path, await promisify(gzip)(log.join('')));

const sys = await boot();
try {
  const options = { name: 'log', path };
  const pager = await sys.open(Pager, new URL('./pager.js', import.meta.url), { place: 'process', options });
  const { port, size } = await pager.object({ name: 'log' });
  const region = await sys.task.vm.map(port, { size, protection: 'r' });
  port.deallocate();

  for (const key of ['00150017', '00299995', '00000005']) {
    console.log(await lineFrom(await find(key, region, size), region, size));
  }
  const { objects } = await sys.host.vm();
  const pages = Math.ceil(size / region.pageSize);
  console.log(`less than a tenth of its ${pages} pages is in memory: ${objects[0].resident < pages / 10}`);
  await region.unmap();
} finally {
  await sys.dispose();
  await rm(directory, { recursive: true });
}

/** Where the first line begins that is not before `key`: the lines are in order. */
async function find(key, region, size) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const begin = await beginOfLine(middle, region);
    const line = await lineFrom(begin, region, size);
    if (line < key) low = begin + line.length + 1;
    else high = begin;
  }
  return low;
}

async function beginOfLine(offset, region) {
  const from = Math.max(0, offset - 100);
  const before = Buffer.from(await region.read(from, offset - from));
  return from + before.lastIndexOf('\n') + 1;
}

async function lineFrom(offset, region, size) {
  const text = Buffer.from(await region.read(offset, Math.min(100, size - offset))).toString();
  return text.slice(0, text.indexOf('\n'));
}
