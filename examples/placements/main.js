// One driver, three placements. The client's code does not know which; only `place` differs.
import { boot } from 'easync';
import { Block, BLOCK } from './block.js';

const RAMDISK = new URL('./ramdisk.js', import.meta.url);
const data = new TextEncoder().encode('the same disk'.padEnd(BLOCK));

const sys = await boot();
try {
  for (const place of ['inline', 'thread', 'process']) {
    const disk = await sys.open(Block, RAMDISK, { place, options: { blocks: 16 } });
    const answer = disk.write({ lba: 7, data }); // the value itself, or a promise of it: `await` takes either
    const when = answer instanceof Promise ? 'later' : 'on the spot';
    const blocks = await answer;
    const text = new TextDecoder().decode(await disk.read({ lba: 7, count: 1 })).trim();
    const { pid, threadId } = await disk.where();
    const where = pid === process.pid ? `our process, thread ${threadId}` : 'another process';
    console.log(`${place}: ${where}, done ${when}; wrote ${String(blocks)} block, read '${text}'`);
    try {
      await disk.write({ lba: 99, data });
    } catch (error) {
      console.log(`${place}: ${error.name}: ${error.message}`); // the driver's own error, wherever it was thrown
    }
  }
} finally {
  await sys.dispose();
}
