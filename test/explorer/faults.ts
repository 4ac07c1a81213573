import { HANDLERS as MASTER_HANDLERS } from '../../src/pager/messages.ts';
import { RULES as MASTER_RULES } from '../../src/pager/rules.ts';
import { HANDLERS, RULES } from '../../src/vm/index.ts';
import { startTermination } from '../../src/vm/terminate.ts';
import { send } from '../../src/vm/send.ts';
import type { Bounds, Faults } from './bounds.ts';
import type { Replaced } from './machines.ts';
import type { Budget } from './parts.ts';

/** One thing wrong in a shipped machine or its host, what has to be allowed to happen for it to matter, and the rule that tells. */
export type Fault = { faults: Faults; budget: Partial<Budget>; bounds?: Partial<Bounds>; rule: string };

const kernelRules = (rules: Partial<typeof RULES>): Faults => ({ replaced: { vm: { rules } } });
const pagerRules = (rules: Partial<typeof MASTER_RULES>): Faults => ({ replaced: { master: { rules } } });

/** A pager that supplies what is there already: a kernel has to stand it (P3). */
export const ANSWERS_TWICE: NonNullable<Replaced['master']> = {
  handlers: {
    memory_object_data_request: (core, kernel, message) => {
      MASTER_HANDLERS.memory_object_data_request(core, kernel, message);
      return MASTER_HANDLERS.memory_object_data_request(core, kernel, { ...message, reqId: 0 });
    },
  },
};

export const FAULTS: Readonly<Record<string, Fault>> = {
  'kernel: flushes without a return': {
    faults: kernelRules({ returns: () => false }),
    budget: { writes: 2 },
    rule: 'no lost write: what is flushed was returned',
  },
  'kernel: a task’s own write is not noticed': {
    faults: kernelRules({ isChanged: (record) => record.dirty }),
    budget: { reads: 1, writes: 1, evictions: 1 },
    bounds: { stored: 0 },
    rule: 'no lost write: what is flushed was returned',
  },
  'kernel: what was cleaned stays dirty': {
    faults: kernelRules({ cleans: () => false }),
    budget: { writes: 1, syncs: 1, evictions: 1 },
    rule: 'P10 a page that was cleaned is clean',
  },
  'kernel: asks again for a page that it has asked for': {
    faults: kernelRules({ isOnItsWay: () => false }),
    budget: { reads: 2 },
    rule: 'P1 no second request for a requested page',
  },
  'kernel: asks again to unlock': {
    faults: kernelRules({ asksToUnlock: () => true }),
    budget: { reads: 1, writes: 2 },
    rule: 'P6 an unlock is asked for once',
  },
  'kernel: a lock that is set does not let faults ask anew': {
    faults: kernelRules({ setsLock: () => false }),
    budget: { reads: 2, writes: 2 },
    rule: 'every access ends',
  },
  'kernel: says init once more while it terminates': {
    faults: kernelRules({ needsInit: ({ status }) => status === 'new' || status === 'terminating' }),
    budget: { reads: 1, unmaps: 1, pins: 1 },
    bounds: { mayCache: false },
    rule: 'P15 all is between init and terminate',
  },
  'kernel: never keeps an object that nobody maps': {
    faults: kernelRules({ isKept: () => false }),
    budget: { reads: 1, unmaps: 1 },
    rule: 'P14 what may be kept is kept, and nothing else',
  },
  'kernel: terminates after change_completed': {
    faults: {
      replaced: {
        vm: {
          handlers: {
            memory_object_change_attributes: (m, object, message) => {
              object.mayCache = message.mayCache;
              const { reqId, mayCache, copyStrategy } = message;
              send(m, object, { kind: 'memory_object_change_completed', reqId, mayCache, copyStrategy });
              if (object.mapped === 0) startTermination(m, object);
            },
          },
        },
      },
    },
    budget: { reads: 1, unmaps: 1, changes: 1 },
    rule: 'P16 terminate comes before change_completed',
  },
  'kernel: lock_completed before the pages that go back': {
    faults: {
      replaced: {
        vm: {
          handlers: {
            memory_object_lock_request: (m, object, message) => {
              const { reqId, offset, length } = message;
              if (reqId !== 0) send(m, object, { kind: 'memory_object_lock_completed', reqId, offset, length });
              HANDLERS.memory_object_lock_request(m, object, { ...message, reqId: 0 });
            },
          },
        },
      },
    },
    budget: { reads: 1, writes: 1 },
    rule: 'P11 what is returned comes before lock_completed',
  },
  'kernel: faults on an object that is not ready': {
    faults: kernelRules({ takesFaults: () => true }),
    budget: { reads: 1 },
    rule: 'P1 no request before ready',
  },
  'kernel: lets who faults have a page that is being taken away': {
    faults: kernelRules({ isOnHold: () => false }),
    budget: { reads: 2, writes: 1 },
    rule: 'P8 a page in use stays',
  },
  'kernel: asks for more pages at once than it may': {
    faults: kernelRules({ maxRequests: 2 }),
    budget: { reads: 2 },
    bounds: { pages: 2, requests: 1 },
    rule: 'P2 so many requests are outstanding at most',
  },
  'kernel: what is supplied takes the place of a page that is there': {
    faults: {
      replaced: {
        vm: {
          handlers: {
            memory_object_data_supply: (m, object, message) => {
              object.pages.delete(message.offset);
              HANDLERS.memory_object_data_supply(m, object, message);
            },
          },
        },
        master: ANSWERS_TWICE,
      },
    },
    budget: { reads: 1 },
    rule: 'P3 a page that is there stays as it is',
  },
  'host: the kernel does not hear of the pager’s death': {
    faults: { deafToPagersDeath: true },
    budget: { reads: 1, pagerDeaths: 1 },
    rule: 'every access ends',
  },
  'host: says revoked while a task is in the middle of an access': {
    faults: { answersEarly: true },
    budget: { reads: 1, writes: 2, pins: 1 },
    rule: 'P8 what goes back is not in use',
  },
  'pager: nobody is asked to give up what another wants': {
    faults: pagerRules({ conflict: () => null }),
    budget: { reads: 1, writes: 1 },
    rule: 'single writer or many readers',
  },
  'pager: readers are not recalled': {
    faults: pagerRules({
      conflict: (unit, copy, request) => {
        const kind = MASTER_RULES.conflict(unit, copy, request);
        return unit.owner === null ? null : kind;
      },
    }),
    budget: { reads: 1, writes: 1 },
    rule: 'single writer or many readers',
  },
  'pager: a writer goes on writing beside readers': {
    faults: pagerRules({
      conflict: (unit, copy, request) => {
        const kind = MASTER_RULES.conflict(unit, copy, request);
        return kind === 'demote' ? 'clean' : kind;
      },
    }),
    budget: { reads: 1, writes: 2 },
    rule: 'single writer or many readers',
  },
  'pager: grants before the recalls are done': {
    faults: pagerRules({ givenUp: () => true }),
    budget: { reads: 1, writes: 1 },
    rule: 'single writer or many readers',
  },
  'pager: asks the store for a page that is being stored': {
    faults: {
      replaced: {
        master: {
          handlers: {
            memory_object_data_return: (core, kernel, message) => {
              const why = MASTER_HANDLERS.memory_object_data_return(core, kernel, message);
              for (const unit of core.state.units.values()) unit.storing = [];
              return why;
            },
          },
        },
      },
    },
    budget: { reads: 1, writes: 1 },
    rule: 'no stale read',
  },
  'pager: who cleans a page is out of its copy set': {
    faults: {
      replaced: {
        master: {
          handlers: {
            memory_object_data_return: (core, kernel, message) =>
              MASTER_HANDLERS.memory_object_data_return(core, kernel, { ...message, kernelCopy: false }),
          },
        },
      },
    },
    budget: { writes: 1, syncs: 1 },
    rule: 'P13 the copy set has all who have a copy',
  },
  'pager: a sync waits for lock_completed, not for the writes': {
    faults: pagerRules({ stored: () => true }),
    budget: { writes: 1, syncs: 1 },
    rule: 'P11 a sync is done when the writes are',
  },
  'pager: takes the init of a second kernel for a mistake': {
    faults: pagerRules({ isNew: (kernels) => kernels.size === 0 }),
    budget: { reads: 1 },
    rule: 'no honest message is refused',
  },
  'pager: returns are forgotten': {
    faults: {
      replaced: { master: { handlers: { memory_object_data_return: () => null } } },
    },
    budget: { reads: 1, writes: 1 },
    rule: 'no lost write: what was returned is kept',
  },
  'pager: who has terminated is still waited for': {
    faults: {
      replaced: {
        master: {
          handlers: {
            memory_object_terminate: (core, kernel) => {
              core.state.kernels.delete(kernel);
              return null;
            },
          },
        },
      },
    },
    budget: { reads: 1, writes: 1, unmaps: 1 },
    bounds: { mayCache: false },
    rule: 'every access ends',
  },
  'pager: who has died is still waited for': {
    faults: { deafToDeath: true },
    budget: { reads: 1, writes: 1, kernelDeaths: 1 },
    rule: 'every access ends',
  },
};
