import type { SendRight } from 'easync';

import type { Entry } from './index.ts';

/** The reply of `readdir`. Takes `entries`; `serve` is given the `next` of a `Listing` if they are more than fit. */
export function firstOf(
  entries: Entry[],
  serve: (next: () => Entry[]) => SendRight,
): { entries: Entry[]; rest: SendRight | null } {
  const next = (): Entry[] => entries.splice(0, ENTRIES_PER_REPLY);
  if (entries.length <= ENTRIES_PER_REPLY) return { entries, rest: null };
  return { entries: next(), rest: serve(next) };
}

/** Keeps a reply with names of the greatest length (255 bytes) well below a frame. */
const ENTRIES_PER_REPLY = 4096;
