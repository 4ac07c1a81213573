/**
 * The tour: the same driver, `hostfs`, in each placement in turn, read by the same client; the digests must agree and the
 * times may be compared.
 */
import { opendirSync } from 'node:fs';

import { showPath, systemErrorCode } from 'easync/servers/vfs';

import { parseArguments, type TourArguments, USAGE, UsageError } from './arguments.ts';
import { eventLoopTurn } from './clock.ts';
import { EXIT_INTERRUPTED, onInterrupt } from './interrupt.ts';
import { toJson } from './json.ts';
import { createProgress } from './progress.ts';
import type { TourResult } from './result.ts';
import { runPasses } from './run-passes.ts';
import { changeReport, toTable } from './table.ts';

/** Runs the command; answers its exit code: 0, 1 (digests differ, or it could not go on), 2 (usage), 130 (Ctrl-C). */
export async function runTour(argv: readonly string[]): Promise<number> {
  if (argv.includes('--futex')) return (await import('./futex/index.ts')).runFutexTour(argv);
  let args: TourArguments;
  try {
    args = parseArguments(argv);
    if (!args.help) requireDirectory(args.dir);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`easync tour: ${error.message}\n`);
    return 2;
  }
  if (args.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  using interrupt = onInterrupt();
  try {
    const result = await tour(args, interrupt.signal);
    process.stdout.write(`${args.json ? toJson(result) : toTable(result)}\n`);
    for (const line of changeReport(result)) process.stderr.write(`${line}\n`);
    return result.agree ? 0 : 1;
  } catch (error) {
    // A terminal's Ctrl-C reaches every process of the group; what broke because of it may be known here before the signal.
    await eventLoopTurn();
    if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
    process.stderr.write(`easync tour: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function tour(args: TourArguments, signal: AbortSignal): Promise<TourResult> {
  using progress = createProgress(process.stderr);
  return await runPasses({ ...args, signal, progress });
}

/** @throws UsageError */
function requireDirectory(dir: string): void {
  try {
    opendirSync(dir).closeSync();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new UsageError(`${showPath(dir)}: ${REASONS[code] ?? 'cannot be read'} (${code})`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  ENOTDIR: 'is not a directory',
  EACCES: 'may not be read',
};
