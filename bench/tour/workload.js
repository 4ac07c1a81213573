// One way to read the tree, in a fresh process: prints its figures as JSON. Started by tour.js.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { directTree } from '../../dist/src/tour/direct.js';
import { readTree } from '../../dist/src/tour/read-tree.js';
import { servedTree } from '../../dist/src/tour/served.js';
import { Vfs } from '../../dist/servers/vfs/index.js';
import { boot } from '../support/easync.js';

/** Readings before the one that counts: code is warm then, and so is the page cache. */
const WARM = 8;

const [way = '', root = ''] = process.argv.slice(2);
const { tree, end } = await treeOf();
for (let i = 0; i < WARM; i++) await read();
const before = process.cpuUsage();
const { wallMs, files } = await read();
const { user, system } = process.cpuUsage(before);
await end();
process.stdout.write(JSON.stringify({ ms: { wall: wallMs, cpu: (user + system) / 1000, files: files.size } }));

function read() {
  return readTree(tree, { exclude: new Set(), signal: new AbortController().signal, onProgress: () => undefined });
}

/** @returns {Promise<{ tree: import('../../dist/src/tour/tree.js').Tree; end: () => Promise<void> }>} */
async function treeOf() {
  const nothing = async () => undefined;
  if (way === 'node:fs') return { tree: directTree(root), end: nothing };
  if (way === 'node:fs/promises') return { tree: awaitedTree(), end: nothing };
  const sys = await boot({ check: false });
  const place = /** @type {'inline' | 'thread' | 'process'} */ (way);
  const hostfs = new URL('../../dist/servers/hostfs/index.js', import.meta.url);
  const files = await sys.open(Vfs, hostfs, { place, options: { root, readOnly: true } });
  return { tree: servedTree(sys, files), end: () => sys.dispose() };
}

/** What a program does that does not block. */
function awaitedTree() {
  const at = (/** @type {string | Uint8Array} */ path) => join(root, String(path));
  return {
    where: () => ({ pid: process.pid, threadId: 0 }),
    async readdir(/** @type {string | Uint8Array} */ path) {
      const found = await readdir(at(path), { withFileTypes: true });
      const entries = found.map((entry) => ({
        name: entry.name,
        type: /** @type {const} */ (entry.isDirectory() ? 'directory' : 'file'),
      }));
      return { entries, rest: null };
    },
    async open(/** @type {string | Uint8Array} */ path) {
      const handle = await open(at(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const { size } = await handle.stat();
      return {
        size,
        async read(/** @type {number} */ offset, /** @type {number} */ length) {
          const bytes = Buffer.allocUnsafeSlow(length);
          const { bytesRead } = await handle.read(bytes, 0, length, offset);
          return bytes.subarray(0, bytesRead);
        },
        [Symbol.dispose]: () => void handle.close(),
      };
    },
  };
}
