import { InvariantError } from '../../src/errors.ts';
import { LOCK_RULES, type LockRules } from '../../src/lockmgr/index.ts';
import type { Coverage } from './coverage.ts';
import { Fairness } from './fairness.ts';
import { LockModel, PANIC } from './model.ts';
import { LockRig } from './rig.ts';

/** Tells both the same, and throws where they differ, or the lock breaks a rule that holds whatever the table says. */
export function runHistory(history: readonly string[], coverage?: Coverage, rules: LockRules = LOCK_RULES): void {
  const rig = new LockRig(rules);
  const model = new LockModel();
  const fairness = new Fairness();
  const tell = (line: string): void => {
    const [name = '', what = ''] = line.split(' ');
    const [kind = '', ...flags] = what.split('+');
    coverage?.count(kind, rig.stateTo(name), flags);
    const expected = [model.does(line).toSorted(), model.state];
    const found = [answersOf(rig, line).toSorted(), rig.state];
    differs(line, expected, found);
    checkInvariants(line, rig);
    fairness.look(line, rig);
  };
  for (const line of history) {
    // The host has done that when an owner dies.
    if (line.endsWith(' leave')) for (let i = rig.waitsOf(line[0] ?? ''); i > 0; i--) tell(`${line[0]} withdraw`);
    tell(line);
  }
  // Nobody is stuck: if all go that have it, all that wait get it.
  for (let turns = 0; rig.state !== 'free' && turns < 200; turns++) tell(`${rig.somebody} release`);
  if (!['free', 'free, owner died'].includes(rig.state)) throw new Error(`nobody goes on: ${rig.state}`);
}

function answersOf(rig: LockRig, line: string): string[] {
  try {
    return rig.does(line);
  } catch (error) {
    if (error instanceof InvariantError) return [PANIC];
    throw error;
  }
}

function differs(line: string, expected: unknown[], found: unknown[]): void {
  const [wanted, got] = [JSON.stringify(expected), JSON.stringify(found)];
  if (wanted !== got) throw new Error(`after ${line}: ${got}, and the table says ${wanted}`);
}

function checkInvariants(line: string, { lock }: LockRig): void {
  const { exclusive, shares, sharers, upgrade, pending, parked, writers } = lock;
  const isFree = exclusive === 0 && shares === 0;
  const broken = [
    exclusive > 0 && shares > 0 && 'it is exclusive and shared',
    isFree &&
      upgrade === null &&
      pending === null &&
      parked.size + writers.size > 0 &&
      'it is free, and somebody waits',
    isFree && (upgrade ?? pending) !== null && 'it is free, and somebody waits',
    shares > 0 && parked.size > 0 && (upgrade ?? pending) === null && 'a reader waits for nobody',
    shares > 0 && writers.size > 0 && pending === null && 'writers wait, and none of them is *the* request',
    [...sharers.values()].reduce((sum, times) => sum + times, 0) !== shares && 'shares that are nobody’s',
  ].find((text) => text !== false);
  if (broken !== undefined) throw new Error(`after ${line}: ${broken}`);
}
