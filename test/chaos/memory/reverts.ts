import { faultsOfOrder, type Touch } from './linearizable.ts';

/** Of one broker's life, or of somebody who is no broker's. */
export type Placed = Touch & { broker: string };
export type PlacedRegister = { writes: readonly Placed[]; reads: readonly Placed[] };

/** The death of a broker, and what is known to have been returned to the pager before it. */
export type Revert = {
  broker: string;
  from: number;
  to: number;
  /** What this broker wrote to the page before that moment was returned: somebody synced since, or another broker had the page. */
  returnedUntil: number;
};

/**
 * Whether there is an order of all accesses, if at the death of a broker the register may have gone back to what was returned of it last
 * (pager.md §1.4). `deaths` come by time. Answers what speaks against it.
 */
export function faultsWithReverts(register: PlacedRegister, deaths: readonly Revert[]): string[] {
  const [death, ...others] = deaths;
  if (death === undefined) return faultsOfOrder(register);
  if (!register.writes.some(({ broker }) => broker === death.broker)) return faultsWithReverts(register, others);
  let fewest = faultsWithReverts(register, others);
  for (const survivor of survivors(register, death)) {
    if (fewest.length === 0) break;
    const lost = lostAgainstTheRules(register, survivor, death);
    const faults = lost.length > 0 ? lost : faultsWithReverts(goneBack(register, survivor, death), others);
    if (faults.length <= fewest.length) fewest = faults;
  }
  return fewest;
}

/** What others than its tasks read since it died, of what was written before: the register may have gone back to one of these. */
function survivors({ writes, reads }: PlacedRegister, death: Revert): Placed[] {
  const since = reads.filter(({ broker, end }) => broker !== death.broker && end >= death.from);
  const values = new Set(since.toSorted((a, b) => b.begin - a.begin).map(({ value }) => value));
  return [...values].flatMap((value) => writes.filter((write) => write.value === value && write.begin < death.to));
}

/** Only what the dead broker's tasks wrote may be lost, and only what was not returned. */
function lostAgainstTheRules({ writes }: PlacedRegister, survivor: Placed, death: Revert): string[] {
  const later = writes.filter(({ begin, end }) => begin > survivor.end && end < death.from);
  const found: string[] = [];
  for (const { broker, end, by, value } of later) {
    const isReturned = end < death.returnedUntil;
    if (broker === death.broker && !isReturned) continue;
    const why = isReturned ? 'which was returned' : 'on another broker';
    found.push(`lost: ${by} '${value}' until ${end}, ${why}, when ${death.broker} died: '${survivor.value}' came back`);
  }
  return found;
}

/** As if somebody had written the old value again when the broker died. */
function goneBack({ writes, reads }: PlacedRegister, survivor: Placed, death: Revert): PlacedRegister {
  const { broker, from: begin, to: end } = death;
  const value = `${survivor.value} again`;
  const again: Placed = { value, begin, end, broker: '', by: `the death of ${broker} brought back` };
  const isSince = (read: Placed): boolean =>
    read.value === survivor.value && read.broker !== broker && read.end >= begin;
  return { writes: [...writes, again], reads: reads.map((read) => (isSince(read) ? { ...read, value } : read)) };
}
