import { parseArgs } from 'node:util';

import { UsageError } from '../arguments.ts';

export type FutexArguments = {
  /** What is counted to, and what with Part II alone. */
  count: number;
  countAlone: number;
  tasksPerBroker: number;
  json: boolean;
  help: boolean;
};

export const FUTEX_USAGE = `usage: easync tour --futex [--count N] [--tasks N] [--json]

Tasks of three brokers increment one counter in the memory of one pager, under a futex: once with all of it, and once
with Part II alone, where every lock asks the pager. On the way one of them is killed while it has the futex, and one
stopped.

  --count N  what they count to: 100000 unless told; with Part II alone a hundredth of it
  --tasks N  processes of each broker: 3 unless told
  --json     print one JSON object
`;

/** @throws UsageError */
export function parseFutexArguments(argv: readonly string[]): FutexArguments {
  const { count, tasks, json, help } = parse(argv);
  const most = natural('--count', count, LEAST_COUNT, MOST_COUNT);
  return {
    count: most,
    countAlone: Math.max(LEAST_COUNT, Math.round(most / 100)),
    tasksPerBroker: natural('--tasks', tasks, 1, MOST_TASKS),
    json,
    help,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        futex: { type: 'boolean' },
        count: { type: 'string', default: '100000' },
        tasks: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message.split(/\. |\n/, 1).join(''), { cause: error });
  }
}

/** One is killed at a third of it, and another stopped at two thirds. */
const LEAST_COUNT = 30;
/** It is counted in words of 32 bits. */
const MOST_COUNT = 2 ** 32 - 1;
/** Of each broker: all are processes of this machine. */
const MOST_TASKS = 100;

function natural(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`${option} is a number from ${least} to ${most}, not '${text}'`);
  }
  return value;
}
