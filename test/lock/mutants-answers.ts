import { KEEPER_ROWS } from '../../src/lock/index.ts';
import { type Mutant, pretending } from './mutant.ts';

/** Of the keeper's rows that its master causes, and of eviction. */
export const ANSWER_MUTANTS: Readonly<Record<string, Mutant>> = {
  'granted: what nobody wants any more is dropped': {
    faults: {
      keeper: {
        granted: (keeper, host, grant) => {
          if (keeper.queue.length > 0) return KEEPER_ROWS.granted(keeper, host, grant);
          Object.assign(keeper, { asked: null, status: 'none' });
          return 0;
        },
      },
    },
    budget: { cancels: 1 },
    rule: 'F7',
  },
  'granted: the recall in it is not heard': {
    faults: {
      keeper: { granted: (keeper, host, grant) => KEEPER_ROWS.granted(keeper, host, { ...grant, recall: false }) },
    },
    bounds: { brokers: 3 },
    rule: 'F7',
  },
  'failed: EAGAIN is for everybody': {
    faults: {
      keeper: {
        failed: (keeper, host, failure) => {
          const { asked } = keeper;
          if (asked !== null) keeper.asked = { ...asked, noQueue: false };
          return KEEPER_ROWS.failed(keeper, host, failure);
        },
      },
    },
    bounds: { users: 2, tries: true },
    rule: 'who fails, fails for a reason',
  },
  'failed: what was cancelled fails those who have come since': {
    faults: {
      keeper: {
        failed: (keeper, host, failure) => {
          if (keeper.asked !== null) keeper.asked.isCancelled = false;
          return KEEPER_ROWS.failed(keeper, host, failure);
        },
      },
    },
    bounds: { users: 2 },
    budget: { cancels: 1 },
    rule: 'who fails, fails for a reason',
  },
  'recall: an idle lock is not given back': {
    faults: {
      keeper: {
        recall: (keeper, host, about) => (keeper.status === 'held' ? KEEPER_ROWS.recall(keeper, host, about) : 0),
      },
    },
    rule: 'F7',
  },
  'recall: a lock in use is given back': {
    faults: {
      keeper: {
        recall: (keeper, host, about) => {
          if (keeper.status === 'held') Object.assign(keeper, { status: 'retained', owner: null });
          return KEEPER_ROWS.recall(keeper, host, about);
        },
      },
    },
    rule: 'who owns it may unlock it',
  },
  'fenced: nobody is remembered': {
    faults: {
      keeper: {
        fenced: (keeper, host, about) => {
          KEEPER_ROWS.fenced(keeper, host, about);
          keeper.stale = [];
          return 0;
        },
      },
    },
    budget: { revocations: 1 },
    rule: 'who owns it may unlock it',
  },
  'fenced: it is not heard': {
    faults: { keeper: { fenced: () => 0 } },
    budget: { revocations: 1 },
    rule: 'F1',
  },
  'evict: the master is not told': {
    faults: {
      keeper: {
        evict: (keeper) => {
          if (keeper.status === 'retained') keeper.status = 'none';
          return 0;
        },
      },
    },
    budget: { evictions: 1 },
    rule: 'F7',
  },
  'masterGone: who waits is not told': {
    faults: {
      keeper: {
        masterGone: (keeper, host) =>
          pretending(keeper, { queue: [] }, () => KEEPER_ROWS.masterGone(keeper, host, null)),
      },
    },
    budget: { pagerDeaths: 1 },
    rule: 'F7',
  },
};
