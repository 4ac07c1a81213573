import { closeSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import fsExt from 'fs-ext';

/** @typedef {(fd: number, how: string) => Promise<void>} Flock */

/**
 * flock(2): in a thread of Node's pool, or in this one, which then stands still.
 *
 * @param {string} way
 * @param {string} path
 * @returns {import('./locks.js').Lock}
 */
export function openFlock(way, path) {
  const fd = openSync(path, 'w');
  const flock = /** @type {Flock} */ (promisify(fsExt.flock));
  const sync = { lockSync: () => fsExt.flockSync(fd, 'ex'), unlockSync: () => fsExt.flockSync(fd, 'un') };
  const inPool = { lock: () => flock(fd, 'ex'), unlock: () => flock(fd, 'un') };
  const both = way.startsWith('flockSync') ? { lock: sync.lockSync, unlock: sync.unlockSync } : inPool;
  return { ...sync, ...both, close: () => closeSync(fd) };
}
