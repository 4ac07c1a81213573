#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { IpcError } from '../errors.ts';
import { runTour } from '../tour/index.ts';
import { runBroker } from './broker.ts';
import { ping } from './ping.ts';
import { ports } from './ports.ts';
import { ps } from './ps.ts';

const USAGE = `usage: easync COMMAND [options]

  tour [DIR]        read DIR through one driver, inline, in a thread and in a process, and compare
  broker [--limit NAME=NUMBER]...
                    run a broker that other processes attach to; docs/limits.md lists what it may limit otherwise
  ps [--dead]       the broker and its tasks; or those that have ended otherwise than in good order, and why
  ports [TASK]      every name of every task, or of one: rights, references, peers, queues
  ping NAME         measure the way to the port that is checked in as NAME

  --json            one JSON value on stdout, nothing else
  --socket PATH     the broker's socket (default: $EASYNC_SOCKET, or the runtime directory's)
`;

export type CommandOptions = {
  socket: string | undefined;
  json: boolean;
  /** Of `ps`. */
  dead: boolean;
  /** Of `broker`. */
  limits: readonly string[];
};

/** Runs one command line; answers the exit code: 0 done, 1 failed, 2 wrong usage, 3 no broker. */
async function main(argv: string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === 'tour') return runTour(rest);
  if (command === undefined || command === 'help' || command === '--help') {
    process.stdout.write(USAGE);
    return command === undefined ? 2 : 0;
  }
  const run = COMMANDS[command];
  if (run === undefined) return wrongUsage(`there is no command '${command}'`);
  let parsed;
  try {
    parsed = parseArgs({
      args: rest,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        dead: { type: 'boolean', default: false },
        limit: { type: 'string', multiple: true, default: [] },
        socket: { type: 'string' },
      },
    });
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const { json, dead, limit: limits, socket = process.env['EASYNC_SOCKET'] } = values;
  if (dead && run !== COMMANDS['ps']) return wrongUsage('--dead is an option of easync ps');
  if (limits.length > 0 && run !== COMMANDS['broker']) return wrongUsage('--limit is an option of easync broker');
  if (positionals.length > run.most || positionals.length < run.least) return wrongUsage(run.usage);
  try {
    return await run.command({ socket: socket || undefined, json, dead, limits }, positionals);
  } catch (error) {
    process.stderr.write(`easync: ${error instanceof Error ? error.message : String(error)}\n`);
    return IpcError.is(error) && error.code === 'ENOBROKER' ? 3 : 1;
  }
}

type Command = {
  command: (options: CommandOptions, args: string[]) => Promise<number>;
  least: number;
  most: number;
  usage: string;
};

const COMMANDS: Partial<Record<string, Command>> = {
  broker: { command: runBroker, least: 0, most: 0, usage: 'easync broker takes no arguments' },
  ps: { command: ps, least: 0, most: 0, usage: 'easync ps takes no arguments' },
  ports: { command: ports, least: 0, most: 1, usage: 'easync ports takes one task number at most' },
  ping: { command: ping, least: 1, most: 1, usage: 'easync ping takes the name of a port' },
};

function wrongUsage(text: string): number {
  process.stderr.write(`easync: ${text.split('\n')[0]}; see easync --help\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
