import { faultsOfCodes } from './codes.ts';
import { type Death, type History, pageOf, type Value } from './history.ts';
import { type Registers, registersIn, type Visit, type Write } from './registers.ts';
import { faultsWithReverts, type Placed, type Revert } from './reverts.ts';

/**
 * Compares what tasks read with what they had written: each record is a register in which a read finds what was written last. Only a
 * death loses anything: a broker's what was not returned (pager.md §1.4), a pager's what was not synced.
 */
export function judgeMemory(history: History): { faults: string[]; tally: Map<string, number> } {
  const registers = registersIn(history);
  const faults = [...faultsOfCodes(history), ...registers.faults];
  const lives = new Set([...registers.writes.values(), ...registers.reads].map(({ life }) => life));
  const places = new Set([...registers.writes.values(), ...registers.reads].map(({ place }) => place));
  for (const place of places) {
    let before: Value | undefined = '';
    for (const life of [...lives].toSorted((a, b) => a - b)) {
      const judged = judgeRecord(registers, history.deaths, { place, life, before });
      faults.push(...judged.faults.map((fault) => `record ${place}, pager ${life}: ${fault}`));
      before = judged.first;
    }
  }
  return { faults, tally: tallyOf(history, registers) };
}

type Of = { place: number; life: number; before: Value | undefined };

/** One record, as long as one pager lived. `first` is what that pager began with; undefined: nobody has looked. */
function judgeRecord(
  registers: Registers,
  deaths: readonly Death[],
  { place, life, before }: Of,
): { faults: string[]; first: Value | undefined } {
  const isHere = (one: { place: number; life: number }): boolean => one.place === place && one.life === life;
  const reads = registers.reads.filter(isHere);
  const writes = [...registers.writes.values()].filter(isHere);
  const firsts = [...new Set(reads.map(({ value }) => value))].filter(
    (value) => registers.writes.get(value)?.life !== life,
  );
  if (firsts.length > 1) return { faults: [`it began with ${firsts.join(' and with ')}`], first: undefined };
  const [first] = firsts;
  const start: Placed = {
    value: first ?? 'unknown',
    begin: -Infinity,
    end: -Infinity,
    broker: '',
    by: 'it began with',
  };
  const visits = registers.visits.filter((visit) => visit.life === life);
  const reverts = deaths.flatMap((death) => revertOf(death, visits, pageOf(place)));
  const faults = faultsWithReverts({ writes: [start, ...writes], reads }, reverts);
  if (first !== undefined) faults.push(...faultsOfStart(registers, deaths, { place, life, before }, first));
  return { faults, first };
}

function revertOf({ what, who, from, to }: Death, visits: readonly Visit[], page: number): Revert[] {
  if (what !== 'broker') return [];
  return [{ broker: String(who), from, to, returnedUntil: returnedUntil(visits, page, String(who), from) }];
}

/** When somebody last began to sync, or to use the page on another broker, and had done so at that moment. */
function returnedUntil(visits: readonly Visit[], page: number, broker: string, moment: number): number {
  const proofs = visits.filter(
    (visit) => visit.end < moment && (visit.page === null || (visit.page === page && visit.broker !== broker)),
  );
  return proofs.reduce((latest, { begin }) => Math.max(latest, begin), -Infinity);
}

/** A pager begins with what the last one stored: at least all that was synced. */
function faultsOfStart(
  registers: Registers,
  deaths: readonly Death[],
  { place, life, before }: Of,
  first: Value,
): string[] {
  const written = registers.writes.get(first);
  const firstLife = written?.life ?? 0;
  const end = deaths.find(({ what, who }) => what === 'pager' && who === firstLife)?.to ?? -Infinity;
  if (firstLife > life || (written !== undefined && written.begin > end)) return [`'${first}' is from a later pager`];
  if (firstLife < life - 1 && before !== undefined && before !== first && life > 1)
    return [`'${first}' came back, after the pager before had begun with '${before}'`];
  return [...registers.writes.values()]
    .filter((write) => write.place === place && write.life < life && write.life >= firstLife)
    .filter((write) => write.life > firstLife || write.begin > (written?.end ?? -Infinity))
    .filter((write) => isSynced(registers, deaths, write))
    .map(({ by, value, end: at }) => `lost: ${by} '${value}' until ${at}, which was synced; '${first}' came back`);
}

/** Somebody has synced since, as long as the pager lived and before the broker could take it with it. */
function isSynced({ visits }: Registers, deaths: readonly Death[], write: Write): boolean {
  const ofLife = visits.filter(({ life }) => life === write.life);
  const pagerDied = deaths.find(({ what, who }) => what === 'pager' && who === write.life)?.from ?? Infinity;
  const brokerDied = deaths.find(({ what, who }) => what === 'broker' && who === write.broker)?.from ?? Infinity;
  const wasReturned = returnedUntil(ofLife, pageOf(write.place), write.broker, brokerDied) > write.end;
  return ofLife.some(
    ({ page, begin, end }) =>
      page === null && begin > write.end && end < pagerDied && (wasReturned || end < brokerDied),
  );
}

function tallyOf({ tasks }: History, { torn }: Registers): Map<string, number> {
  const tally = new Map<string, number>([['torn', torn]]);
  for (const { kind, code } of tasks.flatMap(({ accesses }) => accesses)) {
    const word = `${kind} ${code ?? 'open'}`;
    tally.set(word, (tally.get(word) ?? 0) + 1);
  }
  return tally;
}
