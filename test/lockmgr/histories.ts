import fc from 'fast-check';
import type { HolderState, Modifiers, RequestKind } from '../../src/lockmgr/index.ts';

const OWNERS = ['a', 'b', 'c', 'd'];

export const ACQUIRES = ['shared', 'exclusive', 'upgrade', 'exclusiveUpgrade'] as const satisfies RequestKind[];
export type Acquire = (typeof ACQUIRES)[number];
export const OTHERS = ['downgrade', 'release', 'cancelBegin', 'cancelEnd', 'disown'] as const satisfies RequestKind[];
export const FLAGS = [
  'noWait',
  'sleepFail',
  'canRecurse',
  'cancelable',
  'deadlockTreat',
] as const satisfies (keyof Modifiers)[];

/** What comes first, so that no state is rare; each as `a` sees it. */
const BEGINNINGS: Readonly<Record<HolderState | 'overtaken' | 'cancelling' | 'cancelRecursed' | 'downgraded', string>> =
  {
    free: 'a shared, a release',
    shared: 'b shared, a shared',
    wanted: 'a shared, b shared, c exclusive, d exclusive',
    upgrading: 'a shared, b shared, c shared, b upgrade',
    own: 'a exclusive',
    recursed: 'a exclusive, a exclusive+canRecurse',
    other: 'b exclusive, c shared, d exclusive',
    disowned: 'b exclusive, b exclusive+canRecurse, b disown',
    overtaken: 'a shared, b exclusive, c shared, a upgrade',
    cancelling: 'a exclusive, a cancelBegin',
    cancelRecursed: 'a exclusive, a cancelBegin, a shared+canRecurse',
    downgraded: 'b exclusive, b cancelBegin, b downgrade, a shared, c shared',
  };

/** Every request with every set of modifiers, after each of the beginnings. */
export function everyCell(): string[][] {
  const acquires = ACQUIRES.flatMap((kind) => subsets(FLAGS).map((flags) => [kind, ...flags].join('+')));
  return Object.values(BEGINNINGS).flatMap((beginning) =>
    [...acquires, ...OTHERS].map((what) => [...beginning.split(', '), `a ${what}`]),
  );
}

export function subsets(flags: readonly string[]): string[][] {
  const [first, ...rest] = flags;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((subset) => [[first, ...subset], subset]);
}

/** Requests of four owners, who come, go and die, as lines that `LockRig` and `LockModel` understand. */
export function histories(length: number): fc.Arbitrary<string[]> {
  const beginning = fc.constantFrom(...Object.values(BEGINNINGS)).map((history) => history.split(', '));
  return fc.tuple(beginning, fc.array(line(), { maxLength: length })).map((parts) => parts.flat());
}

function line(): fc.Arbitrary<string> {
  const flags = fc.subarray([...FLAGS]).map((chosen) => chosen.map((flag) => `+${flag}`).join(''));
  const what = fc.oneof(
    { weight: 12, arbitrary: fc.tuple(fc.constantFrom(...ACQUIRES), flags).map((parts) => parts.join('')) },
    { weight: 6, arbitrary: fc.constantFrom('release', ...OTHERS) },
    { weight: 2, arbitrary: fc.constant('withdraw') },
    { weight: 1, arbitrary: fc.constant('leave') },
  );
  return fc.tuple(fc.constantFrom(...OWNERS), what).map((parts) => parts.join(' '));
}
