import { attach } from './attach.ts';
import type { CommandOptions } from './main.ts';
import { hostOf } from './ps.ts';
import { printTable } from './table.ts';

export async function ports(options: CommandOptions, [task]: string[]): Promise<number> {
  if (task !== undefined && !/^\d+$/.test(task)) {
    process.stderr.write(`easync: '${task}' is no task number; easync ps lists them\n`);
    return 2;
  }
  await using sys = await attach(options);
  const rows = await hostOf(sys).ports(task === undefined ? {} : { task: Number(task) });
  if (rows.length === 0 && task !== undefined) {
    process.stderr.write(`easync: there is no task ${task}; easync ps lists them\n`);
    return 1;
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  printTable(
    ['task', 'name', 'rights', 'refs', 'port', 'receiver', 'senders', 'queued', 'oldest ms', 'label'],
    rows.map((p) => [
      p.task,
      p.name,
      p.rights.join('+'),
      p.refs,
      p.port ?? '-',
      p.receiver ?? '-',
      p.senders.join(',') || '-',
      `${p.queued}/${p.qlimit}`,
      p.oldestMs === null ? '-' : p.oldestMs.toFixed(0),
      p.label,
    ]),
  );
  return 0;
}
