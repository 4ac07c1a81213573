import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @typedef {'one core' | 'two cores' | 'unpinned'} Placement */

/**
 * The placements this machine can do, and why the others are missing.
 *
 * @returns {{ placements: Placement[]; missing: string[] }}
 */
export function possiblePlacements() {
  if (spawnSync('taskset', ['--version']).error !== undefined) {
    return { placements: ['unpinned'], missing: ['one core, two cores: there is no taskset on this machine'] };
  }
  if (allowedCores().length < 2) {
    return { placements: ['one core', 'unpinned'], missing: ['two cores: this process is allowed only one'] };
  }
  return { placements: ['one core', 'two cores', 'unpinned'], missing: [] };
}

/**
 * Puts running processes, with all their threads, where the placement wants them. On two cores the client has the first for
 * itself; whatever it talks to (a broker or a relay too) is on the second, so that one round trip crosses cores twice for
 * every contender.
 *
 * @param {Placement} placement
 * @param {number} client
 * @param {readonly number[]} others
 */
export function pin(placement, client, others) {
  if (placement === 'unpinned') return;
  const [first, second] = allowedCores();
  taskset(first, client);
  for (const pid of others) taskset(placement === 'one core' ? first : second, pid);
}

/**
 * @param {number | undefined} core
 * @param {number} pid
 */
function taskset(core, pid) {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
}

/** Cores this process may run on, from a list like `0-3,6`. */
function allowedCores() {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
