/**
 * The tour of the futex (seed 002): tasks of three brokers increment one counter in the memory of one pager, once with all four
 * parts of the seed, and once with Part II alone. One of them dies while it has the futex, one is stopped.
 */
import { setMaxListeners } from 'node:events';

import { UsageError } from '../arguments.ts';
import { eventLoopTurn } from '../clock.ts';
import { EXIT_INTERRUPTED, onInterrupt } from '../interrupt.ts';
import { FUTEX_USAGE, type FutexArguments, parseFutexArguments } from './arguments.ts';
import { Brokers } from './brokers.ts';
import { toText } from './report.ts';
import type { RunResult } from './result.ts';
import { runCount } from './run.ts';

const BROKERS = ['west', 'north', 'east'];

/** Runs the command; answers its exit code: 0, 1 (an increment is missing, or it could not go on), 2 (usage), 130 (Ctrl-C). */
export async function runFutexTour(argv: readonly string[]): Promise<number> {
  let args: FutexArguments;
  try {
    args = parseFutexArguments(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`easync tour: ${error.message}\n`);
    return 2;
  }
  if (args.help) {
    process.stdout.write(FUTEX_USAGE);
    return 0;
  }
  using interrupt = onInterrupt();
  // Every process that is started listens to it.
  setMaxListeners(0, interrupt.signal);
  try {
    return await tour(args, interrupt.signal);
  } catch (error) {
    // A terminal's Ctrl-C reaches every process of the group; what broke because of it may be known here before the signal.
    await eventLoopTurn();
    if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
    process.stderr.write(`easync tour: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function tour(args: FutexArguments, signal: AbortSignal): Promise<number> {
  const { count, countAlone, tasksPerBroker, json } = args;
  const say = (text: string): void => void (json || process.stdout.write(`${text}\n`));
  const runs: RunResult[] = [];
  await using brokers = await Brokers.start(BROKERS);
  say(`${BROKERS.length} brokers, ${tasksPerBroker} tasks of each, one pager, one counter`);
  for (const [total, recallAtOnce] of [
    [count, false],
    [countAlone, true],
  ] as const) {
    const run = await runCount({ brokers, tasksPerBroker, total, recallAtOnce, signal });
    runs.push(run);
    say(`\n${toText(run, BROKERS)}`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ brokers: BROKERS, tasksPerBroker, runs })}\n`);
  return runs.every(({ isExact }) => isExact) ? 0 : 1;
}
