import type { Value } from './history.ts';

/** An access to one register: it took effect in one moment between `begin` and `end`. `by` is for texts. */
export type Touch = { value: Value; begin: number; end: number; by: string };
export type Register = { writes: readonly Touch[]; reads: readonly Touch[] };

/** From when on a value must have been there (first end of an access to it) and until when it still was (last begin). */
type Zone = { value: Value; first: Touch; last: Touch; from: number; to: number };

/**
 * Whether there is an order of all accesses in which each read finds what was written last before it (Gibbons and Korach: every value is
 * written once). A write without an end may have happened at any time, or never. Answers what speaks against it.
 */
export function faultsOfOrder({ writes, reads }: Register): string[] {
  const faults: string[] = [];
  const readsOf = new Map<Value, Touch[]>(writes.map(({ value }) => [value, []]));
  for (const read of reads) readsOf.get(read.value)?.push(read);
  const zones: Zone[] = [];
  for (const write of writes) {
    const found = readsOf.get(write.value) ?? [];
    if (found.length === 0 && write.end === Infinity) continue;
    for (const read of found)
      if (read.end < write.begin) faults.push(`${say(read)} before it was written: ${say(write)}`);
    const first = [write, ...found].reduce((a, b) => (b.end < a.end ? b : a));
    const last = [write, ...found].reduce((a, b) => (b.begin > a.begin ? b : a));
    zones.push({ value: write.value, first, last, from: first.end, to: last.begin });
  }
  return [...faults, ...faultsOfZones(zones)];
}

/** A value that was there from one moment to another leaves no room for another in between. */
function faultsOfZones(zones: readonly Zone[]): string[] {
  const faults: string[] = [];
  const long = zones.filter(({ from, to }) => from < to).toSorted((a, b) => a.from - b.from);
  let widest: Zone | undefined;
  for (const zone of long) {
    if (widest !== undefined && zone.from < widest.to) faults.push(between(widest, zone));
    if (widest === undefined || zone.to > widest.to) widest = zone;
  }
  for (const zone of zones) {
    if (zone.from < zone.to) continue;
    // One that lasted for a moment only: anywhere between its last begin and its first end.
    const around = lastBefore(long, zone.to);
    if (around !== undefined && zone.from < around.to) faults.push(between(around, zone));
  }
  return faults;
}

/** Of zones that do not overlap the last that begins before this moment. */
function lastBefore(long: readonly Zone[], moment: number): Zone | undefined {
  let [low, high] = [0, long.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((long[middle]?.from ?? Infinity) < moment) low = middle + 1;
    else high = middle;
  }
  return long[low - 1];
}

function between(around: Zone, inside: Zone): string {
  return `stale: ${say(around.last)}, after ${say(around.first)}, and between them ${say(inside.first)}, ${say(inside.last)}`;
}

function say({ value, begin, end, by }: Touch): string {
  return `${by} '${value}' from ${begin} to ${end}`;
}
