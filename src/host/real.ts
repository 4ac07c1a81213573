import { getRandomValues } from 'node:crypto';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { spawnChild } from './child-process.ts';
import type { Host } from './host.ts';
import { connectUnix, listenUnix } from './unix-socket.ts';

/** The host that is Node itself. */
export function realHost(limits: Limits = DEFAULT_LIMITS): Host {
  return {
    now: wallClock(),
    timer,
    immediate: (fn) => void setImmediate(fn),
    random: (bytes) => getRandomValues(new Uint8Array(bytes)),
    load: (module) => import(module),
    spawn: (request) => spawnChild(request, limits),
    listen: (path, onLink) => listenUnix(path, limits, onLink),
    connect: (path) => connectUnix(path, limits),
  };
}

/**
 * Deadlines travel between processes, so all must agree on the time: the fine clock gives the fractions and is set anew
 * whenever it has drifted from the wall clock (the machine slept, or its clock was set).
 */
function wallClock(): () => number {
  let origin = performance.timeOrigin;
  return () => {
    const fine = performance.now();
    const wall = Date.now();
    if (Math.abs(origin + fine - wall) > 2) origin = wall - fine;
    return origin + fine;
  };
}

/** Node fires at once for anything longer. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

function timer(ms: number, fn: () => void, { unref = false } = {}): Disposable {
  let timeout: NodeJS.Timeout;
  const arm = (left: number): void => {
    const slice = Math.min(left, LONGEST_TIMEOUT_MS);
    timeout = setTimeout(() => (left > slice ? arm(left - slice) : fn()), slice);
    if (unref) timeout.unref();
  };
  arm(ms);
  return { [Symbol.dispose]: () => clearTimeout(timeout) };
}
