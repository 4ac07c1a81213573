import type { PortEntry, Space } from './records.ts';
import type { Name } from './types.ts';

export type Refusal = { code: 'KERN_INVALID_NAME' | 'KERN_INVALID_RIGHT' };

/** The entry of a receive right, by the two checks that every call on a port makes (mach.md §3). */
export function findReceive(space: Space, name: Name): { entry: PortEntry } | Refusal {
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (entry.kind !== 'port' || !entry.receive) return { code: 'KERN_INVALID_RIGHT' };
  return { entry };
}
