import { expect, test } from 'vitest';
import { HANDLERS } from '../../src/pager/messages.ts';
import { RULES } from '../../src/pager/rules.ts';
import { CASES } from './cases.ts';
import { World } from './world.ts';
import type { Replaced } from './world.ts';

/** Each is one changed rule or handler of the shipped machine: the case that fails, and what random histories then break, if they can. */
const FAULTS: Readonly<Record<string, { replaced: Replaced; fails: keyof typeof CASES; breaks: RegExp | null }>> = {
  'nobody is asked to give up what another wants': {
    replaced: { rules: { conflict: () => null } },
    fails: 'to write, all others are flushed, and have answered (§1.3)',
    breaks: /^(one writer or many readers|no stale read|no lost write)/,
  },
  'supplied before all have given up': {
    replaced: { rules: { givenUp: () => true } },
    fails: 'to write, all others are flushed, and have answered (§1.3)',
    breaks: /^(one writer or many readers|no stale read|no lost write)/,
  },
  'answered from the store while it is being stored': {
    replaced: { rules: { overStore: () => [], mayRead: () => true } },
    fails: 'what is being stored is answered from memory, not from the store (P12)',
    breaks: /^no (stale read|lost write)/,
  },
  'a stale unlock makes a writer': {
    replaced: { rules: { holds: () => true } },
    fails: 'an unlock of a page that was flushed makes no writer (P13)',
    breaks: null,
  },
  'two inits are duplicates': {
    replaced: { rules: { isNew: (kernels) => kernels.size === 0 } },
    fails: 'each kernel has its own init, and its own answer (§1.3)',
    breaks: /^every kernel is a kernel of its own/,
  },
  'a sync waits for lock_completed, but not for the writes': {
    replaced: { rules: { stored: () => true } },
    fails: 'a sync is over when what came back is stored, and flushed (P11)',
    breaks: /^a sync waits for the writes/,
  },
  'a late return is written': {
    replaced: { rules: { mayReturn: () => true } },
    fails: 'a return by a grant that is over is not written (R0.4)',
    breaks: null,
  },
  'who may have changed a page is supplied what it was': {
    replaced: {
      rules: { conflict: (...asked) => (RULES.conflict(...asked) === 'settle' ? null : RULES.conflict(...asked)) },
    },
    fails: 'who may have changed a page forgets it before it is supplied anew (P12)',
    breaks: null,
  },
  'any page size will do': {
    replaced: { rules: { fits: () => true } },
    fails: 'a page size that does not fit is refused (§1.1)',
    breaks: null,
  },
  'returned bytes are dropped': {
    replaced: { handlers: { memory_object_data_return: () => null } },
    fails: 'to read, the writer writes back and goes on reading (§1.3)',
    breaks: /^no (stale read|lost write)/,
  },
  'a lock_completed is not looked at': {
    replaced: { handlers: { memory_object_lock_completed: () => null } },
    fails: 'to write, all others are flushed, and have answered (§1.3)',
    breaks: /^every request ends/,
  },
  'an unlock is granted on the spot': {
    replaced: {
      handlers: {
        memory_object_data_unlock: (core, kernel, { kind: _kind, gen: _gen, ...asked }) =>
          HANDLERS.memory_object_data_request(core, kernel, { kind: 'memory_object_data_request', ...asked }),
      },
    },
    fails: 'an unlock of a page that was flushed makes no writer (P13)',
    breaks: /^every request ends/,
  },
};

test.each(Object.entries(FAULTS))('fault: %s: the case of its rule fails', (_name, { replaced, fails }) => {
  expect(() => CASES[fails](replaced)).toThrow();
});

const BREAKING = Object.entries(FAULTS).flatMap(([name, { replaced, breaks }]) =>
  breaks === null ? [] : [{ name, replaced, breaks }],
);
test.each(BREAKING)('fault: $name: random histories break a rule', ({ replaced, breaks }) => {
  expect(() => {
    for (let seed = 1; seed <= 200; seed += 1) new World(seed, replaced).run(400);
  }).toThrow(breaks);
});
