// One driver, three placements. The client's code does not know which; only `place` differs, and a file may say that too.
import { boot } from 'easync';
import { Block, BLOCK } from './block.js';

const RAMDISK = new URL('./ramdisk.js', import.meta.url);
const data = new TextEncoder().encode('the same disk'.padEnd(BLOCK));

const sys = await boot({ placements: new URL('./easync.placements.json', import.meta.url) });
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
  const [fast, safe] = await Promise.all(
    ['fast', 'safe'].map((name) => sys.open(Block, RAMDISK, { name, options: { blocks: 16 } })),
  );
  const [one, two] = [await fast.where(), await safe.where()];
  console.log(`the file puts both into one process: ${one.pid === two.pid}, which is ours: ${one.pid === process.pid}`);
} finally {
  await sys.dispose();
}
