import type { System } from '../boot/system.ts';
import type { Service } from '../driver/index.ts';
import { IpcError } from '../errors.ts';
import { realHost } from '../host/real.ts';
import { type PagerDriver, type ServedPager, servePager } from '../pager/index.ts';
import { deferred } from '../task/index.ts';
import { attach } from './attach.ts';
import type { CommandOptions } from './main.ts';
import { paint } from './terminal.ts';

type Run = { name: string; options: unknown; told: Promise<'SIGINT' | 'SIGTERM'> };

/**
 * Serves a pager on every broker that is asked for, in this process, until it is told to stop or the last of them has gone. One that
 * is started again while others are there is served again.
 */
export async function runPager(
  pager: PagerDriver,
  command: CommandOptions,
  { name, options, told }: Run,
): Promise<number> {
  const brokers = command.brokers.length > 0 ? command.brokers : [undefined];
  const systems = new Map<string | undefined, System>();
  // What is attached would keep the process of a pager that could not be started.
  const served = await serveOnAll().catch(async (error: unknown) => {
    for (const sys of systems.values()) await sys.dispose();
    throw error;
  });
  const about = { name, brokers: command.brokers, pid: process.pid };
  if (command.json) process.stdout.write(`${JSON.stringify(about)}\n`);
  else process.stdout.write(`${paint(process.stdout, 'green', name)} is checked in; ctrl-c ends it\n`);

  const allGone = deferred<'brokers'>();
  const stop = new AbortController();
  for (const broker of brokers) void keepAttached(broker);
  const end = await Promise.race([told, allGone.promise, served.ended.then(() => 'pager' as const)]);
  stop.abort();
  if (end === 'SIGINT' || end === 'SIGTERM') await served.end();
  for (const sys of systems.values()) await sys.dispose();
  if (end === 'SIGINT' || end === 'SIGTERM') return end === 'SIGINT' ? 130 : 0;
  process.stderr.write(`easync: ${end === 'brokers' ? 'the broker has gone' : `the pager ${name} has ended`}\n`);
  return 1;

  async function serveOnAll(): Promise<ServedPager> {
    for (const broker of brokers) systems.set(broker, await attach({ ...command, broker }, { label: name }));
    const [first, ...others] = [...systems.values()];
    if (first === undefined) throw new IpcError('ENOBROKER', `${name} has no broker to be served on`);
    const started = await servePager(pager, [first, ...others], { name, options });
    try {
      for (const [i, sys] of [...systems.values()].entries()) await checkIn(sys, started.services[i], name);
    } catch (error) {
      await started.end();
      throw error;
    }
    return started;
  }

  async function keepAttached(broker: string | undefined): Promise<void> {
    while (!stop.signal.aborted) {
      await systems.get(broker)?.task.closed;
      if (stop.signal.aborted) return;
      systems.delete(broker);
      if (systems.size === 0) return allGone.resolve('brokers');
      process.stderr.write(`easync: broker ${broker} has gone; ${name} waits for it, and serves the others\n`);
      const sys = await attachAgain(broker);
      if (sys !== undefined) systems.set(broker, sys);
    }
  }

  async function attachAgain(broker: string | undefined): Promise<System | undefined> {
    while (!stop.signal.aborted && systems.size > 0) {
      await new Promise<void>((resolve) => host.timer(LOOK_AGAIN_MS, resolve, { unref: true }));
      const sys = await attach({ ...command, broker }, { label: name }).catch(() => undefined);
      if (sys === undefined) continue;
      try {
        const service = await served.attach({ task: sys.task, names: sys.names });
        await checkIn(sys, service, name);
        return sys;
      } catch (error) {
        // It went again, or somebody else serves the name there: the next look tells.
        process.stderr.write(`easync: broker ${broker}: ${error instanceof Error ? error.message : String(error)}\n`);
        await sys.dispose();
      }
    }
    return undefined;
  }
}

const host = realHost();
const LOOK_AGAIN_MS = 100;

/** By the pager's own name its routines can be called: `sync`, `invalidate`, `names`. */
async function checkIn(sys: System, service: Service | undefined, name: string): Promise<void> {
  if (service === undefined) throw new IpcError('KERN_FAILURE', `${name} has no port on this broker`);
  await sys.names.checkIn({ name, port: service.right() });
}
