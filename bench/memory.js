// Memory objects: what a fault takes, a file as an object against the file itself, and how soon a write is seen.
// By itself: node bench/memory.js [--rounds N] [--dir DIR] [--mib N] [--only fault|file|seen]
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PAGE } from './memory/page.js';
import { build } from './support/prepare.js';
import { shown, table, times } from './support/table.js';
import { runWays } from './support/ways.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    dir: { type: 'string', default: tmpdir() },
    mib: { type: 'string', default: '256' },
    only: { type: 'string' },
  },
});
build();
const rounds = Number(values.rounds);
process.stdout.write(
  `rounds: ${rounds}, median (least–greatest round). ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${values.dir}.\n\n`,
);
if (wanted('fault')) await faults();
if (wanted('file')) await files();
if (wanted('seen')) await writes();

async function faults() {
  const SOCKET = 'socket, 4 KiB there and back';
  const ways = [SOCKET, 'region, with koffi', 'region, without koffi'];
  const of = await runWays({ bench: 'fault', ways, rounds, program: 'memory/fault.js', dir: '' });
  const rows = ways.map((way) => [
    way,
    ...['read', 'write', 'upgrade'].flatMap((what) => [shown(of(way, what)), times(of(way, what), of(SOCKET, 'read'))]),
    shown(of(way, 'cpu')),
    shown(of(way, 'again')),
  ]);
  const against = 'against the socket';
  const head = [
    'read',
    against,
    'write',
    against,
    'write after read',
    against,
    'CPU of a read',
    'read once it is here',
  ];
  process.stdout.write(`${table('A page that is not here: p50, µs', ['way', ...head], rows)}\n`);
}

async function files() {
  const directory = mkdtempSync(join(values.dir, 'easync-bench-'));
  const path = join(directory, 'file');
  try {
    await makeFile(path);
    const ways = ['fs.readSync', 'FileHandle.read', 'region, with koffi', 'region, without koffi'];
    const of = await runWays({ bench: 'file', ways, rounds, program: 'memory/file.js', dir: path });
    for (const pattern of ['sequential', 'random']) {
      const columns = [4, 64].flatMap((kib) => ['cold', 'first', 'again'].map((when) => `${pattern} ${kib} ${when}`));
      const rows = ways.map((way) => [way, ...columns.map((column) => shown(of(way, column)))]);
      const head = columns.map((column) => column.replace(/^\w+ (\d+) (\w+)$/, '$1 KiB, $2'));
      process.stdout.write(`${table(`A file of ${values.mib} MiB, ${pattern} reads: MB/s`, ['way', ...head], rows)}\n`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function writes() {
  const SOCKET = 'socket, 1 byte';
  const others = ['the same broker', 'another broker'].flatMap((where) =>
    ['with koffi', 'without koffi'].map((native) => `${where}, ${native}`),
  );
  const ways = [SOCKET, ...others];
  const of = await runWays({ bench: 'seen', ways, rounds, program: 'memory/seen.js', dir: '' });
  const rows = ways.map((way) => [
    way,
    shown(of(way, 'written')),
    shown(of(way, 'seen')),
    times(of(way, 'seen'), of(SOCKET, 'seen')),
  ]);
  const head = ['the write itself', 'until it is seen', 'against the socket'];
  process.stdout.write(`${table('A write that another task sees: p50, µs', ['way', ...head], rows)}\n`);
}

/** Each page begins with its own number. @param {string} path */
async function makeFile(path) {
  const handle = await open(path, 'w');
  const MIB = 2 ** 20;
  const chunk = Buffer.alloc(MIB, 'page');
  for (let mib = 0; mib < Number(values.mib); mib++) {
    for (let at = 0; at < MIB; at += PAGE) chunk.writeUInt32LE((mib * MIB + at) / PAGE, at);
    await handle.write(chunk);
  }
  await handle.sync();
  await handle.close();
}

/** @param {string} part */
function wanted(part) {
  return values.only === undefined || values.only === part;
}
