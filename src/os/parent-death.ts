import { native } from './native.ts';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Has the system kill this process when the one that started it dies, even while this one is stopped or in an endless
 * loop. Answers false where that cannot be had: off Linux, or without koffi.
 */
export function dieWithParent(): boolean {
  const { koffi } = native();
  if (koffi === undefined || process.platform !== 'linux') return false;
  const prctl = koffi
    .load(null)
    .func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)') as (
    ...args: number[]
  ) => number;
  return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) === 0;
}
