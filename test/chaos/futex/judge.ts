import { faultsOfChain } from './chain.ts';
import { faultsOfExclusion } from './exclusion.ts';
import type { FutexHistory } from './history.ts';
import { holdsIn } from './holds.ts';
import { faultsOfOutcomes } from './outcomes.ts';
import { faultsOfOwnerDied } from './owner-died.ts';

/** What nobody may have seen of futexes, whoever was killed or stopped (pager.md §2). `tally`: what came up, and how often. */
export function judgeFutexes(history: FutexHistory): { faults: string[]; tally: Map<string, number> } {
  const holds = holdsIn(history);
  const faults = [
    ...faultsOfOutcomes(history),
    ...faultsOfExclusion(holds, history),
    ...faultsOfOwnerDied(holds, history),
    // Who has lost a futex and does not know it may write on (§2.5, 8).
    ...(history.revokes ? [] : faultsOfChain(holds, history)),
  ];
  const words = [
    ...holds.map(({ fate, ownerDied }) => (ownerDied ? `after a death ${fate}` : fate)),
    ...holds.flatMap(({ access }) => (access.repairs === undefined ? [] : ['repaired'])),
    ...history.tasks.flatMap(({ accesses }) => accesses.map(({ kind, code = 'open' }) => `${kind} ${code}`)),
  ];
  const tally = new Map<string, number>();
  for (const word of words) tally.set(word, (tally.get(word) ?? 0) + 1);
  return { faults, tally };
}
