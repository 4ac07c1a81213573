import { IpcError } from '../errors.ts';
import type { System } from '../boot/system.ts';
import { attach } from './attach.ts';
import { printDead } from './dead.ts';
import { printTable } from './table.ts';
import type { CommandOptions } from './main.ts';

export async function ps(options: CommandOptions): Promise<number> {
  await using sys = await attach(options);
  if (options.dead) return printDead(await hostOf(sys).dead(), options);
  const status = await hostOf(sys).ps();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return 0;
  }
  const { access } = status;
  process.stdout.write(
    `broker ${status.pid} at ${status.socket ?? 'no address'}; directory ${access.directory}, ` +
      `peer credentials ${access.peerCredentials}\n`,
  );
  printTable(
    ['task', 'pid', 'thread', 'names', 'ports', 'queued B', 'sleepers', 'label'],
    status.tasks.map((t) => [t.task, t.pid, t.threadId, t.names, t.ports, t.queuedBytes, t.sleepers, t.label]),
  );
  if (status.dead > 0) process.stdout.write(`${status.dead} dead: easync ps --dead says why\n`);
  return 0;
}

/** A task that attached by socket holds the host right. */
export function hostOf(sys: System): NonNullable<System['host']> {
  if (sys.host !== null) return sys.host;
  throw new IpcError('EPERM', 'this broker gave no host right to a task that attached by its socket');
}
