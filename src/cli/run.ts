import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineSubsystem, type Placement, portOf } from '../driver/index.ts';
import { copy } from '../task/index.ts';
import { attach } from './attach.ts';
import { valueOf } from './json-values.ts';
import type { CommandOptions } from './main.ts';
import { paint } from './terminal.ts';

/** Serves a driver under a name until it is told to stop, or the driver or the broker ends. */
export async function run(options: CommandOptions, [module = '']: string[]): Promise<number> {
  const { name = basename(module).replace(/\.[^.]*$/, ''), place } = options;
  const told = new Promise<'SIGINT' | 'SIGTERM'>((tell) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => tell(signal));
  });
  let driverOptions: unknown;
  try {
    driverOptions = options.options === undefined ? undefined : valueOf(options.options);
  } catch (error) {
    process.stderr.write(`easync: --options is no JSON: ${error instanceof Error ? error.message : ''}\n`);
    return 2;
  }
  await using sys = await attach(options, { label: name });
  using driver = await sys.open(ANY, existsSync(module) ? pathToFileURL(resolve(module)) : module, {
    name,
    ...(place !== undefined && { place: place as Placement }),
    options: driverOptions,
  });
  const right = portOf(driver);
  await sys.names.checkIn({ name, port: copy(right) });
  const about = { name, place: place ?? null, task: sys.task.welcome.task, pid: process.pid };
  if (options.json) process.stdout.write(`${JSON.stringify(about)}\n`);
  else process.stdout.write(`${paint(process.stdout, 'green', name)} is checked in; ctrl-c ends it\n`);

  const driverEnded = new Promise<'driver'>((tell) => right.onDead(() => tell('driver')));
  const end = await Promise.race([told, driverEnded, sys.task.closed.then(() => 'broker' as const)]);
  if (end === 'SIGTERM' || end === 'SIGINT') {
    // The name service's right would keep the driver. Somebody else may have taken the name since.
    await Promise.resolve(sys.names.checkOut({ name, port: copy(right) })).catch(() => undefined);
    return end === 'SIGINT' ? 130 : 0;
  }
  process.stderr.write(`easync: ${end === 'broker' ? 'the broker has gone' : `the driver ${name} has ended`}\n`);
  return 1;
}

/** What the driver serves is its callers' business. */
const ANY = defineSubsystem('any', {});
