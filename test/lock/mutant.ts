import type { KeeperState } from '../../src/lock/index.ts';
import type { Bounds, Budget, Faults } from './bounds.ts';

/**
 * One thing wrong in a shipped machine or in a host, what has to be there and to happen for it to matter, and the rule that tells.
 * `F7` and `F8` are found in the graph of all states, when no state and no step has broken a rule.
 */
export type Mutant = { faults: Faults; bounds?: Partial<Bounds>; budget?: Partial<Budget>; rule: string };

/** Calls a shipped row while the keeper looks different, and puts that back. */
export function pretending<T>(keeper: KeeperState, looks: Partial<KeeperState>, row: () => T): T {
  const was = { ...keeper };
  Object.assign(keeper, looks);
  const answer = row();
  for (const name of Object.keys(looks)) Object.assign(keeper, { [name]: was[name as keyof KeeperState] });
  return answer;
}
