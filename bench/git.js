// `node bench/git.js [rounds]`: what isomorphic-git takes on node:fs/promises, and on fs() over hostfs in each placement.
// Each measurement has a process of its own, and each round another order; the table gives medians over rounds.
import { execFile } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import git from 'isomorphic-git';
import { fs } from '../dist/servers/fs/index.js';
import { Vfs } from '../dist/servers/vfs/index.js';
import { boot } from './support/easync.js';
import { spread } from './support/stats.js';
import { shown, table, times } from './support/table.js';

/** @typedef {import('../dist/servers/fs/index.js').FsClient} Files */
/** @typedef {{ files: Files; root: string; end: () => Promise<void> }} Contender */

const FILES = 200;
const COMMITS = 10;
const AUTHOR = { name: 'Bench', email: 'bench@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

/** @type {Record<string, (directory: string) => Promise<Contender>>} */
const CONTENDERS = {
  'node:fs/promises': async (directory) => ({
    files: /** @type {Files} */ (/** @type {unknown} */ ({ ...nodeFs })),
    root: directory,
    end: async () => undefined,
  }),
  'fs(), inline': (directory) => ours(directory, 'inline'),
  'fs(), thread': (directory) => ours(directory, 'thread'),
  'fs(), process': (directory) => ours(directory, 'process'),
  'fs() without atomic, inline': (directory) => ours(directory, 'inline', { atomic: false }),
};

const STEPS = /** @type {const} */ (['init, 200 files', 'add', '10 commits', 'log', 'checkout', 'all']);

const [mode = '3', name = ''] = process.argv.slice(2);
if (mode === 'one') await measureOne(name);
else await measureAll(Number(mode));

/** @param {number} rounds */
async function measureAll(rounds) {
  const names = Object.keys(CONTENDERS);
  /** @type {Map<string, Record<string, number>[]>} */
  const figures = new Map(names.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    const turn = round % names.length;
    for (const contender of [...names.slice(turn), ...names.slice(0, turn)]) {
      const env = { ...process.env, EASYNC_CHECK: '0', EASYNC_SOCKET: '' };
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [fileURLToPath(import.meta.url), 'one', contender],
        { env },
      );
      figures.get(contender)?.push(JSON.parse(stdout));
    }
  }
  const of = (/** @type {string} */ contender, /** @type {string} */ step) =>
    spread((figures.get(contender) ?? []).map((figure) => figure[step] ?? Number.NaN));
  const rows = names.map((contender) => [
    contender,
    ...STEPS.map((step) => shown(of(contender, step))),
    times(of(contender, 'all'), of('node:fs/promises', 'all')),
  ]);
  process.stdout.write(`${table('isomorphic-git, ms', ['', ...STEPS, 'ratio'], rows)}\n`);
}

/** @param {string} contender */
async function measureOne(contender) {
  const directory = await nodeFs.mkdtemp(join(tmpdir(), 'easync-bench-'));
  try {
    const { files, root, end } = (await CONTENDERS[contender]?.(directory)) ?? unknown(contender);
    // Once to warm up: what counts is the second repository.
    await workload(files, `${root}/warm`);
    const figures = await workload(files, `${root}/repo`);
    await end();
    process.stdout.write(JSON.stringify(figures));
  } finally {
    await nodeFs.rm(directory, { recursive: true });
  }
}

/**
 * @param {Files} files
 * @param {string} dir
 */
async function workload(files, dir) {
  /** @type {Record<string, number>} */
  const figures = {};
  const start = performance.now();
  let last = start;
  const done = (/** @type {string} */ step) => {
    figures[step] = performance.now() - last;
    last = performance.now();
  };
  const paths = Array.from({ length: FILES }, (_, i) => `d${i % 10}/${i}.txt`);
  await files.mkdir(dir);
  await git.init({ fs: files, dir, defaultBranch: 'main' });
  for (let i = 0; i < 10; i++) await files.mkdir(`${dir}/d${i}`);
  for (const [i, path] of paths.entries()) await files.writeFile(`${dir}/${path}`, `${i}\n`.repeat(100 + i * 20));
  done('init, 200 files');
  await git.add({ fs: files, dir, filepath: paths });
  await git.commit({ fs: files, dir, message: 'all', author: AUTHOR });
  done('add');
  for (let i = 1; i < COMMITS; i++) {
    const filepath = paths[i * 7] ?? '';
    await files.writeFile(`${dir}/${filepath}`, `changed ${i}\n`);
    await git.add({ fs: files, dir, filepath });
    await git.commit({ fs: files, dir, message: `${i}`, author: { ...AUTHOR, timestamp: AUTHOR.timestamp + i } });
  }
  done('10 commits');
  const log = await git.log({ fs: files, dir });
  if (log.length !== COMMITS) throw new Error(`the log has ${log.length} commits, not ${COMMITS}`);
  done('log');
  await git.checkout({ fs: files, dir, ref: log.at(-1)?.oid ?? '' });
  await git.checkout({ fs: files, dir, ref: 'main' });
  done('checkout');
  figures['all'] = performance.now() - start;
  return figures;
}

/**
 * @param {string} root
 * @param {'inline' | 'thread' | 'process'} place
 * @param {import('../dist/servers/fs/index.js').FsOptions} [options]
 * @returns {Promise<Contender>}
 */
async function ours(root, place, options) {
  const system = await boot({ check: false });
  const hostfs = new URL('../dist/servers/hostfs/index.js', import.meta.url);
  const vfs = await system.open(Vfs, hostfs, { place, options: { root } });
  return { files: fs(vfs, options), root: '', end: () => system.dispose() };
}

/**
 * @param {string} what
 * @returns {never}
 */
function unknown(what) {
  throw new Error(`there is no contender '${what}'`);
}
