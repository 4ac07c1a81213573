import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Block } from '../../dist/servers/block/index.js';
import { BlockVfs } from '../../examples/sqlite/block-vfs.js';
import { Volume } from '../../examples/sqlite/volume.js';
import { boot } from '../support/easync.js';
import { PlainFilesVfs } from './plain-files.js';

const BLOCKS = 4096;
const BLOCK_SIZE = 4096;
const BLOCKFILE = new URL('../../dist/servers/blockfile/index.js', import.meta.url);

/** @typedef {{ vfs: any; calls: () => number; close: () => void | Promise<void> }} Way */

/**
 * @param {string} way
 * @param {string} directory
 * @returns {Promise<Way>}
 */
export async function openVfs(way, directory) {
  if (way === 'node:fs, a file each') {
    const vfs = new PlainFilesVfs(directory);
    return { vfs, calls: () => vfs.calls, close() {} };
  }
  if (way === 'node:fs, same layout') {
    const fd = openSync(join(directory, 'disk'), 'w+');
    return onDevice(directDevice(fd), () => closeSync(fd));
  }
  const system = await boot({ check: false });
  const options = { path: join(directory, 'disk'), blocks: BLOCKS, blockSize: BLOCK_SIZE, create: true };
  const place = /** @type {import('../../dist/src/index.js').Placement} */ (way);
  return onDevice(await system.open(Block, BLOCKFILE, { place, options }), () => system.dispose());
}

/**
 * @param {any} disk
 * @param {Way['close']} close
 * @returns {Promise<Way>}
 */
async function onDevice(disk, close) {
  let calls = 0;
  const counted = Object.fromEntries(
    ['read', 'write', 'flush', 'size'].map((name) => [
      name,
      (/** @type {unknown} */ args) => {
        calls++;
        return disk[name](args);
      },
    ]),
  );
  return { vfs: new BlockVfs(await Volume.on(counted)), calls: () => calls, close };
}

/**
 * What a block driver does, without one: the least it takes.
 *
 * @param {number} fd
 */
function directDevice(fd) {
  ftruncateSync(fd, BLOCKS * BLOCK_SIZE);
  return {
    read(/** @type {{ lba: number; count: number }} */ { lba, count }) {
      const bytes = new Uint8Array(count * BLOCK_SIZE);
      readSync(fd, bytes, 0, bytes.length, lba * BLOCK_SIZE);
      return bytes;
    },
    write: (/** @type {{ lba: number; data: Uint8Array }} */ { lba, data }) =>
      writeSync(fd, data, 0, data.length, lba * BLOCK_SIZE) / BLOCK_SIZE,
    flush: () => fdatasyncSync(fd),
    size: () => ({ blocks: BLOCKS, blockSize: BLOCK_SIZE }),
  };
}
