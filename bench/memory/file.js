// Reads of a file in one way, in a fresh process: prints its figures as JSON. Started by memory.js.
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { checkPage, PAGE, scattered } from './page.js';
import { mapped, readInto, startWorld } from './world.js';

/** @typedef {{ read: (offset: number, target: Uint8Array) => unknown; close: () => unknown }} Reader */

/** Bytes of a pass; those in order begin at the file's beginning. */
const MOST = { random: 2 ** 23, sequential: 2 ** 26 };

const [way = '', path = ''] = process.argv.slice(2);
/** @type {Record<string, number>} */
const figures = {};
for (const pattern of /** @type {const} */ (['sequential', 'random'])) {
  for (const kib of [4, 64]) {
    forgetFile();
    const reader = await readerOf();
    figures[`${pattern} ${kib} cold`] = await pass(reader, pattern, kib * 1024);
    figures[`${pattern} ${kib} again`] = await pass(reader, pattern, kib * 1024);
    await reader.close();
    // The host has the file in memory now; a broker that is started anew has not.
    const second = await readerOf();
    figures[`${pattern} ${kib} first`] = await pass(second, pattern, kib * 1024);
    await second.close();
  }
}
process.stdout.write(JSON.stringify({ ms: figures }));

/** @returns {Promise<Reader>} */
async function readerOf() {
  if (way === 'fs.readSync') {
    const fd = openSync(path, 'r');
    return { read: (at, target) => readSync(fd, target, 0, target.length, at), close: () => closeSync(fd) };
  }
  if (way === 'FileHandle.read') {
    const handle = await open(path, 'r');
    return { read: (at, target) => handle.read(target, 0, target.length, at), close: () => handle.close() };
  }
  const fd = openSync(path, 'r');
  const { size } = fstatSync(fd);
  closeSync(fd);
  // All of it has room in the broker's cache, so that it is here the second time.
  const pager = new URL('../../dist/servers/pager-file/index.js', import.meta.url);
  const world = await startWorld(way, {
    pager,
    options: { files: { file: { path, readOnly: true } } },
    cachePages: size / PAGE,
  });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  const region = await mapped(system, 'file', size);
  return { read: (at, target) => readInto(region, at, target), close: () => world.close() };
}

/**
 * MB (10⁶ bytes) per second.
 *
 * @param {Reader} reader
 * @param {'sequential' | 'random'} pattern
 * @param {number} bytes
 */
async function pass(reader, pattern, bytes) {
  const fd = openSync(path, 'r');
  const pieces = fstatSync(fd).size / bytes;
  closeSync(fd);
  const count = Math.min(MOST[pattern] / bytes, pieces);
  const target = new Uint8Array(bytes);
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const piece = pattern === 'random' ? scattered(pieces, i) : i;
    await reader.read(piece * bytes, target);
    checkPage(target, (piece * bytes) / PAGE);
  }
  return (count * bytes) / 1000 / (performance.now() - start);
}

/** The host's own cache of it, as posix_fadvise(2) has it forgotten. */
function forgetFile() {
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}
