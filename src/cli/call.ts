import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { type Description, Describing, defineSubsystem, makeStub, portOf } from '../driver/index.ts';
import { IpcError } from '../errors.ts';
import { copy, releaseRights } from '../task/index.ts';
import { attach } from './attach.ts';
import { jsonOf, valueOf } from './json-values.ts';
import type { CommandOptions } from './main.ts';
import { hasColors, showWaiting } from './terminal.ts';

/** Calls one routine of the port that is checked in as `name`, and prints what it answers. */
export async function call(options: CommandOptions, [name = '', routine = '', json]: string[]): Promise<number> {
  let args: unknown;
  try {
    args = json === undefined ? undefined : valueOf(json === '-' ? await text(process.stdin) : json);
  } catch (error) {
    process.stderr.write(`easync: the arguments are no JSON: ${error instanceof Error ? error.message : ''}\n`);
    return 2;
  }
  await using sys = await attach(options);
  using server = await sys.lookUp(Describing, name);
  const result = await waitFor(`${name} ${routine}`, async () => {
    using stub = stubOf(await server.describe(), { name, routine, server });
    return await stub.routine(args);
  });
  process.stdout.write(`${options.json ? jsonOf(result) : shown(result)}\n`);
  releaseRights(result);
  return 0;
}

/** What is printed comes after the line that says what is waited for is gone. */
async function waitFor(what: string, act: () => Promise<unknown>): Promise<unknown> {
  using _waiting = showWaiting(process.stderr, what);
  return await act();
}

type Wanted = { name: string; routine: string; server: object };
type OneRoutine = Disposable & { routine: (args: unknown) => unknown };

function stubOf({ subsystem, routines }: Description, { name, routine, server }: Wanted): OneRoutine {
  const found = routines.find((candidate) => candidate.name === routine);
  if (found === undefined) {
    const all = routines.map((candidate) => candidate.name).join(', ');
    const text = `'${name}' is a ${subsystem} and has no routine '${routine}'; it has: ${all}`;
    throw new IpcError('ENOROUTINE', text, { op: 'call', object: name });
  }
  const stub = makeStub(defineSubsystem(subsystem, { [routine]: { kind: found.kind } }), copy(portOf(server)));
  return {
    routine: (args) => stub[routine]?.(args as never),
    [Symbol.dispose]: () => stub[Symbol.dispose](),
  };
}

function shown(result: unknown): string {
  if (typeof result === 'string') return result;
  return inspect(result, { colors: hasColors(process.stdout), depth: Infinity, maxArrayLength: 1000 });
}
