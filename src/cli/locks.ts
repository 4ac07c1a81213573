import type { VmStatus } from '../driver/index.ts';
import { attach } from './attach.ts';
import type { CommandOptions } from './main.ts';
import { hostOf } from './ps.ts';
import { printTable } from './table.ts';

/** The futexes that the broker has, wants, or has sleepers on (pager.md §2.3), and what keeping them has saved. */
export async function locks(options: CommandOptions): Promise<number> {
  await using sys = await attach(options);
  const rows = rowsOf(await hostOf(sys).vm());
  if (options.json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  printTable(
    ['object', 'offset', 'state', 'owner', 'waiters', 'sleepers', 'gen', 'condition', 'locks', 'XP', 'saved', 'label'],
    rows.map((r) => [
      r.object,
      r.offset,
      r.state,
      r.owner ?? '-',
      r.waiters,
      r.sleepers,
      r.gen,
      r.condition,
      r.locks,
      r.messages,
      r.saved,
      r.ownerLabel,
    ]),
  );
  return 0;
}

function rowsOf({ objects, futexes }: VmStatus) {
  const internal = new Set(objects.filter(({ state }) => state === 'internal').map(({ object }) => object));
  return futexes.map((futex) => {
    const { object, offset, status: state, owner, ownerLabel, waiting, sleeping, gen, locks: taken, messages } = futex;
    // Without Part III each lock would be asked for, granted and released by a message. Memory without a pager needs none.
    const saved = internal.has(object) ? 0 : taken * 3 - messages;
    return {
      object,
      offset,
      state,
      owner,
      ownerLabel,
      waiters: waiting,
      sleepers: sleeping,
      gen,
      condition: CONDITIONS[futex.state] ?? String(futex.state),
      locks: taken,
      messages,
      saved,
    };
  });
}

/** By `FUTEX_STATE`. */
const CONDITIONS = ['clean', 'owner died', 'not recoverable'];
