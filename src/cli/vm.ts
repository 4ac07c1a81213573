import { attach } from './attach.ts';
import type { CommandOptions } from './main.ts';
import { hostOf } from './ps.ts';
import { printTable } from './table.ts';

/** Memory objects and their pagers, then what each task maps. */
export async function vm(options: CommandOptions): Promise<number> {
  await using sys = await attach(options);
  const status = await hostOf(sys).vm();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return 0;
  }
  const { objects, regions, resident, most, pageBytes } = status;
  process.stdout.write(`${resident} of ${most} pages of ${pageBytes} bytes are in memory\n`);
  printTable(
    ['object', 'state', 'pager', 'resident', 'dirty', 'requests', 'waiting', 'mapped', 'label'],
    objects.map((o) => [
      o.object,
      o.state,
      o.pager ?? '-',
      o.resident,
      o.dirty,
      o.requests,
      o.waiting,
      o.mapped,
      o.pagerLabel,
    ]),
  );
  printTable(
    ['task', 'address', 'bytes', 'may', 'object', 'offset', 'label'],
    regions.map((r) => [r.task, r.address, r.size, spell(r.protection), r.object, r.offset, r.label]),
  );
  return 0;
}

function spell(protection: number): string {
  return ['r', 'w', 'x'].map((letter, bit) => ((protection >> bit) & 1 ? letter : '-')).join('');
}
