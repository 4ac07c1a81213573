import { fork } from 'node:child_process';

/**
 * One way to keep other processes out.
 *
 * @typedef {object} Lock
 * @property {() => unknown} lock What `unlock` is given, or a promise of it.
 * @property {(held: any) => unknown} unlock
 * @property {() => unknown} [lockSync] The same without promises, by those who can.
 * @property {(held: any) => unknown} [unlockSync]
 * @property {() => unknown} close
 */

/** @typedef {Lock & { start: (module: string, args: string[]) => import('node:child_process').ChildProcess; frames?: (fn: () => unknown) => Promise<number> }} Prepared */

/**
 * Whatever a way needs beside the lock itself, and the lock of this process.
 *
 * @param {string} way
 * @param {string} directory For files.
 * @returns {Promise<Prepared>}
 */
export async function prepareLock(way, directory) {
  if (way.startsWith('easync')) return (await import('./easync-lock.js')).prepareFutex(way);
  const lock = await openLock(way, directory);
  return { ...lock, start: (module, args) => fork(module, args, { execArgv: process.execArgv }) };
}

/**
 * The lock of a process for which another has prepared everything.
 *
 * @param {string} way
 * @param {string} directory
 * @returns {Promise<Lock>}
 */
export async function openLock(way, directory) {
  if (way.startsWith('easync')) return (await import('./easync-lock.js')).openFutex(way);
  if (way.startsWith('flock')) return (await import('./flock.js')).openFlock(way, `${directory}/flock`);
  if (way === 'proper-lockfile') return (await import('./proper-lockfile.js')).openLockfile(`${directory}/lockfile`);
  return (await import('./redis.js')).openRedis(`${directory}/redis`);
}
