import { isServed } from './port.ts';
import type { Entry, Port, PortEntry, Space } from './records.ts';
import { NULL_NAME } from './types.ts';
import type { Name } from './types.ts';

export type Refusal = { code: 'KERN_INVALID_NAME' | 'KERN_INVALID_RIGHT' };

/** The entry of a receive right, by the two checks that every call on a port makes (mach.md §3). */
export function findReceive(space: Space, name: Name): { entry: PortEntry } | Refusal {
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (entry.kind !== 'port' || !entry.receive) return { code: 'KERN_INVALID_RIGHT' };
  return { entry };
}

/** The port that a message names to be told at (mach.md §7 SEND_CANCEL, §8 RCV_NOTIFY): null if none, undefined if it is no receive right. */
export function findNotify(space: Space, name: Name): Port | null | undefined {
  if (name === NULL_NAME) return null;
  const found = findReceive(space, name);
  return 'code' in found ? undefined : found.entry.port;
}

/** The task behind a task port, by `caller`'s name for it; NULL is the caller itself. */
export function findTask(caller: Space, name: Name): Space | undefined {
  if (name === NULL_NAME) return caller;
  const entry = caller.entries.get(name);
  if (entry?.kind !== 'port' || entry.sends === 0) return undefined;
  return entry.port.owner.kind === 'kernel' ? entry.port.owner.space : undefined;
}

/** Whether `caller` would take away what another task serves: only its server knows what it has taken of it (DESIGN 5.3). */
export function isServedByOther(entry: Entry, caller: Space): boolean {
  if (entry.space === caller) return false;
  if (entry.kind === 'set') return entry.serving;
  return entry.kind === 'port' && entry.receive && isServed(entry.port);
}
