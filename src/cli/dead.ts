import type { DeadTask } from '../driver/index.ts';
import type { CommandOptions } from './main.ts';
import { printTable } from './table.ts';

/** Tasks that have ended otherwise than in good order, newest first. */
export function printDead(dead: readonly DeadTask[], { json }: CommandOptions): number {
  if (json) process.stdout.write(`${JSON.stringify(dead)}\n`);
  else if (dead.length === 0) process.stdout.write('every task that has ended did so in good order\n');
  else printTable(['ended', 'task', 'pid', 'thread', 'label', 'reason'], dead.map(row));
  return 0;
}

function row({ at, task, pid, threadId, label, reason }: DeadTask): (string | number)[] {
  return [new Date(at).toISOString(), task || '-', pid || '-', threadId, label || '-', reason];
}
