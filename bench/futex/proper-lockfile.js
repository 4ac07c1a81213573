import { writeFileSync } from 'node:fs';
import lockfile from 'proper-lockfile';

/** It tries again after a millisecond: by default it does not at all. */
const OPTIONS = { realpath: false, retries: { forever: true, minTimeout: 1, maxTimeout: 1 } };

/**
 * @param {string} path
 * @returns {import('./locks.js').Lock}
 */
export function openLockfile(path) {
  writeFileSync(path, '');
  return {
    lock: () => lockfile.lock(path, OPTIONS),
    unlock: (release) => release(),
    lockSync: () => lockfile.lockSync(path, { realpath: false }),
    unlockSync: (release) => release(),
    close: () => undefined,
  };
}
