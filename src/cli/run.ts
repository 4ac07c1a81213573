import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineSubsystem, type Placement, portOf } from '../driver/index.ts';
import { resolveModule } from '../boot/resolve-module.ts';
import { realHost } from '../host/real.ts';
import { isPager, type PagerDriver } from '../pager/index.ts';
import { copy } from '../task/index.ts';
import { attach } from './attach.ts';
import { valueOf } from './json-values.ts';
import type { CommandOptions } from './main.ts';
import { runPager } from './run-pager.ts';
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
  const url = existsSync(module) ? pathToFileURL(resolve(module)) : module;
  if (place === undefined) {
    const pager = await pagerIn(url);
    if (pager !== undefined) return runPager(pager, options, { name, options: driverOptions, told });
  }
  if (options.brokers.length > 1) {
    process.stderr.write(`easync: ${name} is served on one broker; only a pager without --place has several\n`);
    return 2;
  }
  await using sys = await attach(options, { label: name });
  using driver = await sys.open(ANY, url, {
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

/** A pager may have several brokers, and is run otherwise. What cannot be loaded is told of when it is opened. */
async function pagerIn(module: string | URL): Promise<PagerDriver | undefined> {
  try {
    const url = module instanceof URL ? module.href : resolveModule(module, process.cwd());
    const loaded = (await realHost().load(url)) as { default?: unknown };
    return isPager(loaded.default) ? loaded.default : undefined;
  } catch {
    return undefined;
  }
}

/** What the driver serves is its callers' business. */
const ANY = defineSubsystem('any', {});
