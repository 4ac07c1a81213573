import type { System } from '../boot/system.ts';
import { type Description, Describing, portOf } from '../driver/index.ts';
import { IpcError } from '../errors.ts';
import { attach } from './attach.ts';
import type { CommandOptions } from './main.ts';
import { hostOf } from './ps.ts';
import { printTable } from './table.ts';

/** One that does not answer in this time is listed as such: it may be busy, or no driver. */
const PATIENCE_MS = 1000;

/** Every name that is checked in: who serves it, and what can be called. */
export async function ls(options: CommandOptions): Promise<number> {
  await using sys = await attach(options);
  const { tasks } = await hostOf(sys).ps();
  const rows = await Promise.all((await sys.names.list()).map((name) => serviceOf(sys, name)));
  const services = rows
    .filter((row) => row !== undefined)
    .map(({ task, ...row }) => {
      const { pid = null, label = null } = tasks.find((status) => status.task === task) ?? {};
      return { ...row, task, pid, label };
    });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(services)}\n`);
    return 0;
  }
  printTable(
    ['name', 'subsystem', 'pid', 'routines'],
    services.map(({ name, subsystem, pid, routines }) => [
      name,
      subsystem ?? '(no answer)',
      pid ?? '-',
      routines.map((routine) => routine.name).join(' ') || '-',
    ]),
  );
  return 0;
}

type Row = { name: string; task: number | null; subsystem: string | null; routines: Description['routines'] };

/** Undefined if the name went while we looked. */
async function serviceOf(sys: System, name: string): Promise<Row | undefined> {
  try {
    using server = await sys.lookUp(Describing, name);
    const right = portOf(server);
    const ports = await hostOf(sys).ports({ task: sys.task.welcome.task });
    const task = ports.find((port) => port.name === right.name)?.receiver ?? null;
    const none = { subsystem: null, routines: [] };
    const about = await Promise.resolve(server.describe(undefined, { timeoutMs: PATIENCE_MS })).catch(() => none);
    return { name, task, ...about };
  } catch (error) {
    if (IpcError.is(error) && error.code === 'ENONAME') return undefined;
    throw error;
  }
}
