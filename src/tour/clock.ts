import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** Milliseconds with a microsecond's fractions, monotonic. The tour measures, so it needs the machine's clock itself. */
export const now = (): number => performance.now();

/** Lets the event loop go round once: signals and the terminal get their turn. */
export const eventLoopTurn = (): Promise<void> => setImmediate();

/**
 * Work that always completes in place never returns to the event loop; Ctrl-C would have to wait for the end. Answers a
 * promise to await when a turn is due, else undefined. All readers of a pass share one, so that all of them make way.
 */
export function createPace(): () => Promise<void> | undefined {
  let last = now();
  return () => (now() - last < TURN_EVERY_MS ? undefined : turn());

  async function turn(): Promise<void> {
    await eventLoopTurn();
    last = now();
  }
}

/** Prompt for a person, and rare enough to cost nothing. */
const TURN_EVERY_MS = 20;
