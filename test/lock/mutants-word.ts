import { KEEPER_ROWS, type Word } from '../../src/lock/index.ts';
import { type Mutant, pretending } from './mutant.ts';

/** Of the rows that have to do with the word. */
export const WORD_MUTANTS: Readonly<Record<string, Mutant>> = {
  'reclaim: the word is left to the tasks': {
    faults: { keeper: { reclaim: () => 0 } },
    bounds: { brokers: 1, users: 2, hasWord: true, turns: 2 },
    rule: 'who fails, fails for a reason',
  },
  'reclaim: it is looked at first, and shut then': {
    faults: {
      keeper: {
        reclaim: (keeper, host) => {
          const word = host.word === null ? null : torn(host.word);
          return KEEPER_ROWS.reclaim(keeper, { ...host, word }, null);
        },
      },
    },
    bounds: { brokers: 1, users: 2, hasWord: true, turns: 2 },
    rule: 'F2',
  },
  'reclaim: nobody looks whether the owner lives': {
    faults: {
      keeper: {
        reclaim: (keeper, host) => {
          return KEEPER_ROWS.reclaim(keeper, { ...host, isUser: () => true }, null);
        },
      },
    },
    bounds: { brokers: 1, users: 2, hasWord: true },
    budget: { userDeaths: 1, lateTakes: 1 },
    rule: 'F7',
  },
  'reclaim: a word that was overwritten had no owner': {
    faults: {
      keeper: {
        reclaim: (keeper, host) => {
          const { condition } = keeper;
          KEEPER_ROWS.reclaim(keeper, host, null);
          if (keeper.owner === null) keeper.condition = condition;
          return 0;
        },
      },
    },
    bounds: { hasWord: true, turns: 2 },
    budget: { overwrites: 1 },
    rule: 'a dead owner is found',
  },
  'lend: while others wait': {
    faults: {
      keeper: { lend: (keeper, host) => pretending(keeper, { queue: [] }, () => KEEPER_ROWS.lend(keeper, host, null)) },
    },
    bounds: { hasWord: true, users: 2 },
    rule: 'the word is lent only while it may be',
  },
  'lend: while it is recalled': {
    faults: {
      keeper: {
        lend: (keeper, host) => {
          if (keeper.status !== 'yielding') return KEEPER_ROWS.lend(keeper, host, null);
          return pretending(keeper, { status: 'held' }, () => KEEPER_ROWS.lend(keeper, host, null));
        },
      },
    },
    bounds: { hasWord: true },
    rule: 'the word is lent only while it may be',
  },
  'lend: while its owner has died': {
    faults: {
      keeper: {
        lend: (keeper, host) => pretending(keeper, { condition: 0 }, () => KEEPER_ROWS.lend(keeper, host, null)),
      },
    },
    bounds: { hasWord: true, users: 2, brokers: 1, turns: 2 },
    budget: { userDeaths: 1 },
    rule: 'a dead owner is found',
  },
  'lend: of a lock that has no master any more': {
    faults: {
      keeper: {
        lend: (keeper, host) => pretending(keeper, { isDead: false }, () => KEEPER_ROWS.lend(keeper, host, null)),
      },
    },
    bounds: { hasWord: true, turns: 2 },
    budget: { pagerDeaths: 1 },
    rule: 'the word is lent only while it may be',
  },
  'tasks: unlock what is SLOW without the broker': {
    faults: { tasks: { ignoresSlow: true } },
    bounds: { hasWord: true },
    rule: 'F7',
  },
  'tasks: nobody looks at the version of its mappings after it took': {
    faults: { tasks: { ignoresVersion: true } },
    bounds: { hasWord: true, users: 2, brokers: 1, turns: 2 },
    budget: { userDeaths: 1, lateTakes: 1 },
    rule: 'who has left takes nothing',
  },
  'tasks: nobody looks at the generation after it took': {
    faults: { tasks: { takesAnyGen: true } },
    bounds: { hasWord: true, users: 2, turns: 2 },
    rule: 'a guard has the grant of its hold',
  },
  'tasks: nobody looks at the generation before it gives back': {
    faults: { tasks: { givesAnyGen: true } },
    bounds: { hasWord: true, turns: 2 },
    budget: { asks: 1, revocations: 1 },
    rule: 'who owns it may unlock it',
  },
  'tasks: nobody looks whether what it could not keep was given back': {
    faults: { tasks: { trustsUndo: true } },
    bounds: { hasWord: true, users: 2, brokers: 1, turns: 2 },
    budget: { remaps: 1 },
    rule: 'who fails, fails for a reason',
  },
  'tasks: use the word while a lock call of their own is out': {
    faults: { tasks: { crossesCalls: true } },
    bounds: { hasWord: true, turns: 2 },
    budget: { asks: 1, revocations: 1 },
    rule: 'who owns it may unlock it',
  },
};

/** An exchange that is none: something may come between. */
function torn(word: Word): Word {
  return {
    ...word,
    exchange: (value) => {
      const seen = word.load();
      word.store(value);
      return seen;
    },
  };
}
