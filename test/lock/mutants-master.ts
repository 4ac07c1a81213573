import { MASTER_ROWS, type MasterHost, type MasterRows } from '../../src/lock/index.ts';
import { ENDLESS } from './bounds.ts';
import type { Mutant } from './mutant.ts';

/** A row that has the rest of the mutant do what it does. */
const row = <K extends keyof MasterRows>(name: K, mutant: MasterRows[K]): Mutant['faults'] => ({
  master: { [name]: mutant },
});

const deafTo = (host: MasterHost, type: string): MasterHost => ({
  ...host,
  emit: (effect) => {
    if (effect.type !== type) host.emit(effect);
  },
});

export const MASTER_MUTANTS: Readonly<Record<string, Mutant>> = {
  'lock: it is granted while somebody has it': {
    faults: row('lock', (master, host, about) => {
      master.holder = null;
      return MASTER_ROWS.lock(master, host, about);
    }),
    rule: 'F1',
  },
  'lock: nobody is asked to give it back': {
    faults: row('lock', (master, host, about) => {
      return MASTER_ROWS.lock(master, deafTo(host, 'recall'), about);
    }),
    rule: 'F7',
  },
  'lock: each who comes has it recalled once more': {
    faults: row('lock', (master, host, about) => {
      master.isRecalled = false;
      return MASTER_ROWS.lock(master, host, about);
    }),
    bounds: { brokers: 3 },
    rule: 'F10 one recall of each generation',
  },
  'lock: the last who came is the first': {
    faults: row('lock', (master, host, about) => {
      const { length } = master.queue;
      const done = MASTER_ROWS.lock(master, host, about);
      if (master.queue.length > length) master.queue.unshift(...master.queue.splice(-1));
      return done;
    }),
    bounds: { brokers: 3, turns: ENDLESS },
    rule: 'F8',
  },
  'lock: what is not recoverable is granted': {
    faults: row('lock', (master, host, about) => {
      if (master.condition === 2) master.condition = 1;
      return MASTER_ROWS.lock(master, host, about);
    }),
    budget: { userDeaths: 1 },
    bounds: { users: 2, turns: 2, brokers: 1 },
    rule: 'ENOTRECOVERABLE is for good',
  },
  'released: of any generation, by anybody': {
    faults: row('released', (master, host, about) => {
      const { holder, gen } = master;
      return MASTER_ROWS.released(master, host, { ...about, keeper: holder ?? about.keeper, gen });
    }),
    budget: { revocations: 1 },
    rule: 'F10 one release of each generation',
  },
  'released, recall: no generation on either side': {
    faults: {
      keeper: {
        recall: (keeper, host) => {
          if (keeper.status === 'held') keeper.status = 'yielding';
          // Whatever it was meant for: it is answered.
          else host.emit({ type: 'release', gen: keeper.gen, condition: keeper.condition });
          if (keeper.status === 'retained') keeper.status = 'none';
          return 0;
        },
      },
      ...row('released', (master, host, about) => {
        if (master.holder !== about.keeper) return false;
        return MASTER_ROWS.released(master, host, { ...about, gen: master.gen });
      }),
    },
    bounds: { turns: 2 },
    budget: { evictions: 1 },
    rule: 'F10 one release of each generation',
  },
  'released: what died stays dead, whoever put it right': {
    faults: row('released', (master, host, about) => {
      const condition = Math.max(master.condition, about.condition);
      return MASTER_ROWS.released(master, host, { ...about, condition });
    }),
    bounds: { brokers: 3 },
    budget: { brokerDeaths: 1 },
    rule: 'F6',
  },
  'released: in what condition nobody asks': {
    faults: row('released', (master, host, about) => {
      return MASTER_ROWS.released(master, host, { ...about, condition: 0 });
    }),
    budget: { userDeaths: 1 },
    rule: 'a dead owner is found',
  },
  'cancel: it is not answered': {
    faults: row('cancel', (master, host, about) => {
      return MASTER_ROWS.cancel(master, deafTo(host, 'failed'), about);
    }),
    bounds: { turns: 2 },
    budget: { cancels: 1 },
    rule: 'F7',
  },
  'leave: the dead one stays the holder': {
    faults: row('leave', (master, host, about) => {
      if (master.holder !== about.keeper) return MASTER_ROWS.leave(master, host, about);
      return false;
    }),
    budget: { brokerDeaths: 1 },
    rule: 'F7',
  },
  'leave: the dead one stays in the queue': {
    faults: row('leave', (master, host, about) => {
      if (master.holder === about.keeper) return MASTER_ROWS.leave(master, host, about);
      return false;
    }),
    bounds: { brokers: 3 },
    budget: { brokerDeaths: 1 },
    rule: 'F7',
  },
  'leave: who died was not inside': {
    faults: row('leave', (master, host, about) => {
      return MASTER_ROWS.leave.call({ ...MASTER_ROWS, grantNext: withoutMark }, master, host, about);
    }),
    budget: { brokerDeaths: 1 },
    rule: 'a dead owner is found',
  },
  'leave: it is heard before what was said before it': {
    faults: { deathFirst: true },
    budget: { brokerDeaths: 1, evictions: 1 },
    rule: 'F6',
  },
  'expired: the late one is not told': {
    faults: row('expired', (master, host, about) => {
      return MASTER_ROWS.expired(master, deafTo(host, 'fenced'), about);
    }),
    budget: { revocations: 1 },
    rule: 'F1',
  },
  'expired: who was late was not inside': {
    faults: row('expired', (master, host, about) => {
      return MASTER_ROWS.expired.call({ ...MASTER_ROWS, grantNext: withoutMark }, master, host, about);
    }),
    budget: { revocations: 1 },
    rule: 'a dead owner is found',
  },
  'grantNext: the others who wait are forgotten': {
    faults: row('grantNext', (master, host, about) => {
      const emit: MasterHost['emit'] = (effect) =>
        host.emit(effect.type === 'granted' ? { ...effect, recall: false } : effect);
      return MASTER_ROWS.grantNext(master, { ...host, emit }, about);
    }),
    bounds: { brokers: 3 },
    rule: 'F7',
  },
  'grantNext: who waits for what is not recoverable is not told': {
    faults: row('grantNext', (master, host, about) => {
      return MASTER_ROWS.grantNext(master, deafTo(host, 'failed'), about);
    }),
    bounds: { brokers: 3 },
    budget: { userDeaths: 1 },
    rule: 'F7',
  },
  'grantNext: each grant has the generation of the one before': {
    faults: row('grantNext', (master, host, about) => {
      const { gen } = master;
      return MASTER_ROWS.grantNext(master, { ...host, nextGen: () => Math.max(1, gen) }, about);
    }),
    rule: 'F10 one grant of each generation',
  },
};

const withoutMark: MasterRows['grantNext'] = (master, host, about) => {
  master.condition = 0;
  return MASTER_ROWS.grantNext(master, host, about);
};
