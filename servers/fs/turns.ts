import { setImmediate } from 'node:timers/promises';

/**
 * Gives the event loop a turn when it has had none for a while. A server that is inline answers without one, so a long transfer
 * would keep timers, signals and everybody else waiting until it is done.
 */
export function turns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < MOST_MS) return;
    await setImmediate();
    last = performance.now();
  };
}

const MOST_MS = 5;
