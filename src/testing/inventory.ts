import type { System } from '../boot/system.ts';

/** How many there are of what, in the words of an error text. */
export type Inventory = ReadonlyMap<string, number>;

/** What the systems of this process, and every task of their broker, have. */
export async function inventory(systems: readonly System[]): Promise<Inventory> {
  const counts = new Map<string, number>();
  const add = (what: string, count = 1): void => {
    if (count > 0) counts.set(what, (counts.get(what) ?? 0) + count);
  };
  for (const system of systems) {
    const { task } = system;
    for (const driver of system.drivers) add(`driver ${driver} has not ended: a right to one of its ports is left`);
    add('call that waits for its reply', task.pending.size);
    add('call that is not answered', task.serving.size);
    add('port of this process that others can reach', task.ports.size);
    add('port of others that this process has a right to', task.remotes.size);
  }
  const host = systems[0]?.host;
  if (host === null || host === undefined) throw new TypeError('an inventory takes the host right');
  const [{ tasks }, names] = [await host.ps(), await host.ports({})];
  for (const { label, sleepers } of tasks) {
    add(`task ${label}`);
    add(`sleeper of task ${label}`, sleepers);
  }
  for (const { label, rights, refs, queued } of names) {
    for (const right of rights) add(`${right} right in task ${label}`, right === 'receive' ? 1 : refs);
    add(`message queued in task ${label}`, queued);
  }
  return counts;
}

/** What there is now and was not before. */
export function grown(before: Inventory, now: Inventory): string[] {
  const more = [...now].map(([what, count]) => ({ what, count: count - (before.get(what) ?? 0) }));
  return more.filter(({ count }) => count > 0).map(({ what, count }) => (count === 1 ? what : `${count} × ${what}`));
}
