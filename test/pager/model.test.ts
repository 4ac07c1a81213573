import { describe, expect, test } from 'vitest';
import { HANDLERS } from '../../src/pager/messages.ts';
import { RULES } from '../../src/pager/rules.ts';
import { Violation, World } from './world.ts';
import type { Replaced } from './world.ts';

const WORLDS = Number(process.env['EASYNC_PAGER_WORLDS'] ?? 600);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
const STEPS = 400;

test('three kernels, crossing messages, evictions, deaths, store errors: the rules hold at every step', () => {
  for (let seed = SEED; seed < SEED + WORLDS; seed += 1) {
    try {
      new World(seed, {}).run(STEPS);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
});

/** Each is one changed rule or handler of the shipped machine, and the rules that may notice. */
const FAULTS: Readonly<Record<string, { replaced: Replaced; noticed: RegExp }>> = {
  'nobody is asked to give up what another wants to write': {
    replaced: { rules: { conflict: () => null } },
    noticed: /^(one writer or many readers|no stale read)/,
  },
};
void RULES;
void HANDLERS;

describe('a changed machine is noticed', () => {
  test.each(Object.entries(FAULTS))('%s', (_name, { replaced, noticed }) => {
    expect(() => {
      for (let seed = 1; seed < 300; seed += 1) new World(seed, replaced).run(STEPS);
    }).toThrow(noticed);
    void Violation;
  });
});
