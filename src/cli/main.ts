#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { IpcError } from '../errors.ts';
import { paint } from './terminal.ts';

const USAGE = `usage: easync COMMAND [options]

  tour [DIR]        read DIR through one driver, inline, in a thread and in a process, and compare
  tour --futex      have processes of three brokers count together under one lock, while one of them is killed
  broker [--name N] [--until-idle] [--limit NAME=NUMBER]...
                    run a broker that other processes attach to, as N or the one without a name; docs/limits.md lists
                    what it may limit otherwise; with --until-idle it ends when its last task has left
  run MODULE [--name N] [--place P] [--options JSON] [--broker NAME]...
                    serve a driver and check it in, as N or the module's name; a pager on several brokers
  ls                the names that are checked in, who serves them, what can be called
  call NAME ROUTINE [JSON | -]
                    call one of its routines; {"$bytes": "base64"} is a Uint8Array, {"$bigint": "1"} a bigint
  ps [--dead]       the broker and its tasks; or those that have ended otherwise than in good order, and why
  ports [TASK]      every name of every task, or of one: rights, references, peers, queues
  vm                memory objects, their pagers and pages, and who maps them
  locks             futexes: who has them, who waits or sleeps, and the messages that keeping them has saved
  ping NAME         measure the way to the port that is checked in as NAME

  --json            one JSON value on stdout, nothing else
  --broker NAME     the broker of that name
  --socket PATH     the broker's socket (default: $EASYNC_SOCKET, or the one without a name)
`;

export type CommandOptions = {
  socket: string | undefined;
  broker?: string | undefined;
  /** Of `run` of a pager: all that were asked for. */
  brokers: readonly string[];
  json: boolean;
  /** Of `ps`. */
  dead: boolean;
  /** Of `broker`. */
  limit: readonly string[];
  'until-idle': boolean;
  /** Of `broker` its own name, of `run` the driver's. */
  name?: string | undefined;
  /** Of `run`. */
  place?: string | undefined;
  options?: string | undefined;
};

/** Runs one command line; answers the exit code: 0 done, 1 failed, 2 wrong usage, 3 no broker. */
async function main(argv: string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === 'tour') return (await import('../tour/index.ts')).runTour(rest);
  if (command === undefined || command === 'help' || command === '--help') {
    process.stdout.write(USAGE);
    return command === undefined ? 2 : 0;
  }
  const found = COMMANDS[command];
  if (found === undefined) return wrongUsage(`there is no command '${command}'`);
  let parsed;
  try {
    parsed = parseArgs({
      args: rest,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        dead: { type: 'boolean', default: false },
        limit: { type: 'string', multiple: true, default: [] },
        name: { type: 'string' },
        place: { type: 'string' },
        options: { type: 'string' },
        socket: { type: 'string' },
        broker: { type: 'string', multiple: true, default: [] },
        'until-idle': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  for (const [option, owners] of Object.entries(OWNERS)) {
    const value = values[option as keyof typeof OWNERS];
    const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
    if (isGiven && !owners.includes(command))
      return wrongUsage(`--${option} is an option of easync ${owners.join(' and ')}`);
  }
  const { socket, broker: brokers, name } = values;
  const [broker] = brokers;
  if (brokers.length > 1 && command !== 'run') return wrongUsage(`easync ${command} takes one --broker`);
  if (command === 'broker' && broker !== undefined) return wrongUsage('easync broker takes its own name as --name');
  const asked = command === 'broker' ? name : broker;
  if (asked !== undefined && socket !== undefined)
    return wrongUsage(`'${asked}' and --socket ${socket} may be two brokers; give one of them`);
  if (positionals.length > found.most || positionals.length < found.least) return wrongUsage(found.usage);
  try {
    const run = await found.load();
    return await run(
      { ...values, broker, brokers, socket: (values.socket ?? process.env['EASYNC_SOCKET']) || undefined },
      positionals,
    );
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${paint(process.stderr, 'red', 'easync:')} ${text}\n`);
    return IpcError.is(error) && error.code === 'ENOBROKER' ? 3 : 1;
  }
}

type Run = (options: CommandOptions, args: string[]) => Promise<number>;
type Command = { load: () => Promise<Run>; least: number; most: number; usage: string };

/** A command loads no more than it needs: most of the time of a short one is loading. */
const COMMANDS: Partial<Record<string, Command>> = {
  broker: {
    load: async () => (await import('./broker.ts')).runBroker,
    least: 0,
    most: 0,
    usage: 'easync broker takes no arguments',
  },
  run: { load: async () => (await import('./run.ts')).run, least: 1, most: 1, usage: 'easync run takes one module' },
  ls: { load: async () => (await import('./ls.ts')).ls, least: 0, most: 0, usage: 'easync ls takes no arguments' },
  call: {
    load: async () => (await import('./call.ts')).call,
    least: 2,
    most: 3,
    usage: 'easync call takes a name, a routine, and arguments as JSON',
  },
  ps: { load: async () => (await import('./ps.ts')).ps, least: 0, most: 0, usage: 'easync ps takes no arguments' },
  ports: {
    load: async () => (await import('./ports.ts')).ports,
    least: 0,
    most: 1,
    usage: 'easync ports takes one task number at most',
  },
  vm: { load: async () => (await import('./vm.ts')).vm, least: 0, most: 0, usage: 'easync vm takes no arguments' },
  locks: {
    load: async () => (await import('./locks.ts')).locks,
    least: 0,
    most: 0,
    usage: 'easync locks takes no arguments',
  },
  ping: {
    load: async () => (await import('./ping.ts')).ping,
    least: 1,
    most: 1,
    usage: 'easync ping takes the name of a port',
  },
};

/** Options that not every command takes. */
const OWNERS = {
  dead: ['ps'],
  limit: ['broker'],
  'until-idle': ['broker'],
  name: ['broker', 'run'],
  place: ['run'],
  options: ['run'],
};

function wrongUsage(text: string): number {
  process.stderr.write(`easync: ${text.split('\n')[0]}; see easync --help\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
