import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { broken, HANDLERS, PAGE, type Replaced, RULES } from './harness.ts';
import { histories } from './model/histories.ts';
import { SCENARIOS } from './scenarios/index.ts';

type Mutant = { replaced: Replaced; by: string };

/** Each is one changed rule or handler of the shipped machine; `by` is the scenario that notices. */
const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a second request for a requested page': {
    replaced: { rules: { isOnItsWay: ({ state }) => state === 'fetched' } },
    by: 'P1: a fault on a requested page waits for the same answer',
  },
  'requests without an end': {
    replaced: { rules: { maxRequests: 52 } },
    by: 'P2: 51 requests of an object are outstanding at most; later faults wait their turn, and other objects are unaffected',
  },
  'a supply that replaces what is there': {
    replaced: {
      handlers: {
        memory_object_data_supply: (m, object, message) => {
          for (let at = 0; at < message.data.length; at += PAGE) object.pages.delete((message.offset + at) / PAGE);
          HANDLERS.memory_object_data_supply(m, object, message);
        },
      },
    },
    by: 'P3: a supply stops at a page that is there; those before it stay, those behind it are not taken, waiters go on',
  },
  'a supply whose lock is cut down to what there is': {
    replaced: {
      handlers: {
        memory_object_data_supply: (m, object, message) =>
          HANDLERS.memory_object_data_supply(m, object, { ...message, lock: message.lock & 7 }),
      },
    },
    by: 'P4: a lock that is none: nothing is taken, and nothing acknowledged',
  },
  'an error that is remembered': {
    replaced: {
      handlers: {
        memory_object_data_error: (m, object, message) => {
          HANDLERS.memory_object_data_error(m, object, message);
          object.status = 'dead';
        },
      },
    },
    by: 'P5: an error ends all who wait for the page now, each call once, and is not remembered',
  },
  'an error that acts on pages that are there': {
    replaced: { rules: { answersPage: () => true } },
    by: 'P5: an error, or nothing there, does nothing to pages that are not requested',
  },
  'an old answer that is taken for a new one': {
    replaced: { rules: { answersPage: ({ state }) => state === 'requested' } },
    by: 'R0.3: an answer to a request that is over does nothing, but bytes that come late are as good as any',
  },
  'unlocks that are asked for again and again': {
    replaced: { rules: { asksToUnlock: () => true } },
    by: 'P6: data_unlock is sent once for each newly wanted access, with the grant it is about',
  },
  'an unlock that is never asked for again': {
    replaced: { rules: { setsLock: () => false } },
    by: 'P6: any lock that is set lets faulters ask anew, the same one too; NO_CHANGE does not',
  },
  'an unlock that is asked for again though no lock was set': {
    replaced: { rules: { setsLock: () => true } },
    by: 'P6: any lock that is set lets faulters ask anew, the same one too; NO_CHANGE does not',
  },
  'a page in use that is not waited for': {
    replaced: {
      handlers: {
        memory_object_lock_request: (m, object, message) => {
          HANDLERS.memory_object_lock_request(m, object, message);
          object.current?.waits.clear();
        },
      },
    },
    by: 'P8: a lock_request waits for a page in use, and what comes after it for this object waits behind it; other objects go on',
  },
  'a flush without a return': {
    replaced: { rules: { returns: (request, record) => !request.shouldFlush && RULES.returns(request, record) } },
    by: 'P9: one request returns what was changed, and flushes it',
  },
  'a flush that returns what nobody wants': {
    replaced: { rules: { returns: (_request, record) => record.dirty } },
    by: 'P9: a flush that returns nothing discards what was changed',
  },
  'runs of any length': {
    replaced: { rules: { maxRun: 1000 } },
    by: 'P10: runs are contiguous, of 32 pages at most, by rising offset, and mix neither kinds nor grants',
  },
  'a cleaned page that is not clean': {
    replaced: { rules: { cleans: () => false } },
    by: 'P10: a cleaned page is clean: a second clean returns nothing, but what is written after the first comes to light',
  },
  'a task’s own write that is lost when the page is cleaned': {
    replaced: { rules: { isChanged: (record, dirty) => record.dirty || (dirty && record.hold === 'eviction') } },
    by: 'P8: a lock_request waits for a page in use, and what comes after it for this object waits behind it; other objects go on',
  },
  'a task’s own write that is lost when the page is evicted': {
    replaced: { rules: { isChanged: (record, dirty) => record.dirty || (dirty && record.hold !== 'eviction') } },
    by: 'a page that is evicted while a call writes to it by itself goes back with that write',
  },
  'an object that is kept without leave': {
    replaced: { rules: { isKept: ({ status }) => status === 'ready' } },
    by: 'P14: after the last unmapping what is changed or precious goes back, then terminate',
  },
  'an object that is kept without a page': {
    replaced: { rules: { isKept: ({ status, mayCache }) => status === 'ready' && mayCache } },
    by: 'P14: without a page there is nothing to keep',
  },
  'an object that is not kept': {
    replaced: { rules: { isKept: () => false } },
    by: 'P14: an object that may be cached is kept silently while it has a page, and mapped again without init',
  },
  'an init ahead of terminate': {
    replaced: { rules: { needsInit: ({ status }) => status === 'new' || status === 'terminating' } },
    by: 'P15: an object that is mapped again while it ends: terminate, then init; a fault waits for the new ready',
  },
  'change_completed ahead of terminate': {
    replaced: {
      handlers: {
        memory_object_change_attributes: (m, object, message) => {
          const { reqId, mayCache, copyStrategy } = message;
          const completed = { kind: 'memory_object_change_completed', reqId, mayCache, copyStrategy } as const;
          m.state.effects.push({ type: 'send', object: object.id, message: completed });
          HANDLERS.memory_object_change_attributes(m, object, { ...message, reqId: 0 });
        },
      },
    },
    by: 'P16: what makes an unused object end is answered after its terminate',
  },
  'a copy that sees later writes': {
    replaced: { rules: { keepsPromises: false } },
    by: 'P17: DELAY: the copy has what was there, whoever writes first',
  },
  'a destroyed object that says nothing': {
    replaced: {
      handlers: {
        memory_object_destroy: (m, object, message) => {
          const said = m.state.effects.length;
          HANDLERS.memory_object_destroy(m, object, message);
          m.state.effects.splice(said, 1);
        },
      },
    },
    by: '§1.4: a dead pager is told nothing, a destroyed object ends with terminate at once',
  },
  'pages that cannot go, and take all the room': {
    replaced: { rules: { maxStuck: (cachePages) => cachePages } },
    by: 'the cache: pages that cannot go take half of it at most, so that others can',
  },
  'all of the cache for what is changed': {
    replaced: { rules: { maxDirty: (cachePages: number) => cachePages } },
    by: 'the cache: what is read often stays, however much was written',
  },
};

afterEach(() => {
  broken.by = {};
});

test.each(Object.entries(MUTANTS))('noticed: %s', (_what, { replaced, by }) => {
  const scenario = SCENARIOS.get(by);
  if (scenario === undefined) throw new Error(`there is no scenario '${by}'`);
  broken.by = replaced;
  expect(scenario).toThrow();
});

test('noticed by a random history: a flush without a return', () => {
  const replaced: Replaced = {
    rules: { returns: (request, record) => !request.shouldFlush && RULES.returns(request, record) },
  };
  const { failed, errorInstance } = fc.check(histories(replaced), { numRuns: 200, seed: 1, endOnFailure: true });
  expect(failed).toBe(true);
  expect(String(errorInstance)).toMatch(/deeply equal/);
});
