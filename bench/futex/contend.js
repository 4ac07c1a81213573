// Two processes that both want a lock all the time, in one way: prints its figures as JSON. Started by futex.js.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLock, prepareLock } from './locks.js';
import { readTurns, takeTurns } from './turns.js';

/** Until the engine knows them, and then. */
const RUNS_MS = [5000, 2000];

const [way = '', given = ''] = process.argv.slice(2);
if (given === '') process.stdout.write(JSON.stringify({ ms: await contend() }));
else await other(given);

async function contend() {
  const directory = mkdtempSync(join(tmpdir(), 'easync-bench-'));
  const path = join(directory, 'turns');
  const lock = await prepareLock(way, directory);
  const child = lock.start(fileURLToPath(import.meta.url), [way, directory]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  let figures = {};
  for (const ms of RUNS_MS) {
    writeFileSync(path, new Uint32Array(3));
    child.send('go');
    const answer = once(child, 'message');
    const mine = await takeTurns(lock, path, { me: 1, ms });
    const [theirs] = /** @type {[import('./turns.js').Figures]} */ (await answer);
    const { turns, changes } = readTurns(path);
    if (turns !== mine.turns + theirs.turns) throw new Error(`${way}: two had it at once`);
    figures = {
      turns: (turns * 1000) / ms,
      changes: (changes * 1000) / ms,
      share: (100 * Math.min(mine.turns, theirs.turns)) / turns,
      longest: Math.max(mine.longest, theirs.longest),
      stood: Math.max(mine.stood, theirs.stood),
    };
  }
  await exited;
  await lock.close();
  rmSync(directory, { recursive: true });
  return figures;
}

/** The other process. @param {string} directory */
async function other(directory) {
  const lock = await openLock(way, directory);
  process.send?.('ready');
  for (const ms of RUNS_MS) {
    await once(process, 'message');
    process.send?.(await takeTurns(lock, join(directory, 'turns'), { me: 2, ms }));
  }
  await lock.close();
  process.disconnect();
}
