import { KEEPER_ROWS, type KeeperRows, type KeeperState } from '../../src/lock/index.ts';
import { ENDLESS } from './bounds.ts';
import { type Mutant, pretending } from './mutant.ts';

const unlock = (row: KeeperRows['unlock']): Mutant['faults'] => ({ keeper: { unlock: row } });

/** Of the rows that users cause. */
export const KEEPER_MUTANTS: Readonly<Record<string, Mutant>> = {
  'lock: what is kept is handed out without the mark of the owner that died': {
    faults: {
      keeper: {
        lock: (keeper, host, waiting) => {
          if (keeper.status === 'retained') keeper.condition = 0;
          return KEEPER_ROWS.lock(keeper, host, waiting);
        },
      },
    },
    budget: { userDeaths: 1 },
    bounds: { users: 2, brokers: 1 },
    rule: 'a dead owner is found',
  },
  'lock: what is kept is given back and asked for anew': {
    faults: {
      keeper: {
        lock: (keeper, host, waiting) => {
          KEEPER_ROWS.evict(keeper, host, null);
          return KEEPER_ROWS.lock(keeper, host, waiting);
        },
      },
    },
    bounds: { turns: 2 },
    rule: 'F9',
  },
  'lock: the last who came is the first': {
    faults: {
      keeper: {
        lock: (keeper, host, waiting) => {
          const { length } = keeper.queue;
          const code = KEEPER_ROWS.lock(keeper, host, waiting);
          if (keeper.queue.length > length) keeper.queue.unshift(...keeper.queue.splice(-1));
          return code;
        },
      },
    },
    bounds: { brokers: 1, users: 3, turns: ENDLESS },
    rule: 'F8',
  },
  'unlock: what was recalled is handed on to the next user of its own, and goes back some day': {
    faults: {
      ...unlock((keeper, host, about) => {
        if (keeper.status !== 'yielding' || keeper.queue.length === 0) return KEEPER_ROWS.unlock(keeper, host, about);
        return pretending(keeper, { status: 'held' }, () => KEEPER_ROWS.unlock(keeper, host, about));
      }),
      blindTo: 'F5',
    },
    bounds: { users: 2, turns: ENDLESS },
    rule: 'F8',
  },
  'unlock: … and whoever looks for it sees it at once': {
    faults: unlock((keeper, host, about) => {
      if (keeper.status !== 'yielding' || keeper.queue.length === 0) return KEEPER_ROWS.unlock(keeper, host, about);
      return pretending(keeper, { status: 'held' }, () => KEEPER_ROWS.unlock(keeper, host, about));
    }),
    bounds: { users: 2 },
    rule: 'F5',
  },
  'unlock: the recall is forgotten': {
    faults: unlock((keeper, host, about) => {
      if (keeper.status === 'yielding') keeper.status = 'held';
      return KEEPER_ROWS.unlock(keeper, host, about);
    }),
    rule: 'F7',
  },
  'unlock: what is recalled goes back, and is not asked for anew': {
    faults: unlock((keeper, host, about) => {
      if (keeper.status !== 'yielding') return KEEPER_ROWS.unlock(keeper, host, about);
      return pretending(keeper, { queue: [] }, () => KEEPER_ROWS.unlock(keeper, host, about));
    }),
    bounds: { users: 2 },
    rule: 'F7',
  },
  'unlock: nothing is kept': {
    faults: unlock((keeper, host, about) => {
      if (keeper.status === 'held') keeper.status = 'yielding';
      return KEEPER_ROWS.unlock(keeper, host, about);
    }),
    rule: 'F9',
  },
  'unlock: who has not put it right may hand it on': {
    faults: unlock((keeper, host, about) => {
      if (keeper.condition === 1) keeper.condition = 0;
      return KEEPER_ROWS.unlock(keeper, host, about);
    }),
    bounds: { users: 2, turns: 2, brokers: 1 },
    budget: { userDeaths: 1 },
    rule: 'ENOTRECOVERABLE is for good',
  },
  'repair: it stays marked': {
    faults: { keeper: { repair: () => 0 } },
    bounds: { users: 2, turns: 2, brokers: 1 },
    budget: { userDeaths: 1 },
    rule: 'who fails, fails for a reason',
  },
  'withdraw: the wish stays in the queue': {
    faults: { keeper: { withdraw: () => 0 } },
    budget: { cancels: 1 },
    rule: 'every wish is kept',
  },
  'withdraw: nothing is asked for any more, and the answer is ignored': {
    faults: {
      keeper: {
        withdraw: (keeper, host, about) => {
          KEEPER_ROWS.withdraw(keeper, host, about);
          if (keeper.queue.length === 0 && keeper.status === 'requested')
            Object.assign(keeper, { asked: null, status: 'none' });
          return 0;
        },
      },
    },
    budget: { cancels: 1 },
    rule: 'F7',
  },
  'leave: the dead one stays in the queue': {
    faults: {
      keeper: {
        leave: (keeper, host, about) =>
          pretending(keeper, { queue: keeper.queue }, () => KEEPER_ROWS.leave(keeper, host, about)),
      },
    },
    budget: { userDeaths: 1 },
    rule: 'every wish is kept',
  },
  'leave: a death is an unlock': {
    faults: { keeper: { leave: (keeper, host, { user }) => leaveAs(keeper, host, user, 0) } },
    bounds: { users: 2, brokers: 1 },
    budget: { userDeaths: 1 },
    rule: 'a dead owner is found',
  },
  'leave: a death is an unlock without consistent': {
    faults: { keeper: { leave: (keeper, host, { user }) => leaveAs(keeper, host, user, 1) } },
    bounds: { users: 2, brokers: 1 },
    budget: { userDeaths: 1 },
    rule: 'who fails, fails for a reason',
  },
};

/** As an unlock of a lock in this condition. */
function leaveAs(keeper: KeeperState, host: Parameters<KeeperRows['leave']>[1], user: number, condition: number): 0 {
  if (keeper.owner !== user) KEEPER_ROWS.leave(keeper, host, { user });
  else {
    keeper.condition = condition;
    KEEPER_ROWS.unlock(keeper, host, { user, gen: 0 });
  }
  return 0;
}
