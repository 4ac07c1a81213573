import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LockRules } from '../../src/lockmgr/index.ts';
import { runHistory } from './against-model.ts';
import { everyCell, histories } from './histories.ts';
import { cellMutants, HANDLER_MUTANTS } from './mutants.ts';

const CELLS = everyCell();
/** The same for all of them. */
const HISTORIES = fc.sample(histories(12), { seed: 1, numRuns: 300 });

test.each([...cellMutants(), ...Object.entries(HANDLER_MUTANTS)])('%s', (name, rules) => {
  expect(isFound(name, rules)).toBe(true);
});

function isFound(name: string, rules: LockRules): boolean {
  const [kind] = name.split(',');
  const ofKind = CELLS.filter((history) => history.at(-1)?.startsWith(`a ${kind}`));
  try {
    for (const history of [...ofKind, ...HISTORIES]) runHistory(history, undefined, rules);
    return false;
  } catch {
    return true;
  }
}
