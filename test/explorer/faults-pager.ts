import { HANDLERS } from '../../src/pager/messages.ts';
import { RULES } from '../../src/pager/rules.ts';
import type { Faults } from './bounds.ts';
import type { Fault } from './fault.ts';
import type { Replaced } from './machines.ts';

const changed = (rules: Partial<typeof RULES>): Faults => ({ replaced: { master: { rules } } });

/** A pager that supplies what is there already: a kernel has to stand it (P3). */
export const ANSWERS_TWICE: NonNullable<Replaced['master']> = {
  handlers: {
    memory_object_data_request: (core, kernel, message) => {
      HANDLERS.memory_object_data_request(core, kernel, message);
      return HANDLERS.memory_object_data_request(core, kernel, { ...message, reqId: 0 });
    },
  },
};

export const PAGER_FAULTS: Readonly<Record<string, Fault>> = {
  'pager: nobody is asked to give up what another wants': {
    faults: changed({ conflict: () => null }),
    budget: { reads: 1, writes: 1 },
    rule: 'single writer or many readers',
  },
  'pager: readers are not recalled': {
    faults: changed({
      conflict: (unit, copy, request) => {
        const kind = RULES.conflict(unit, copy, request);
        return unit.owner === null ? null : kind;
      },
    }),
    budget: { reads: 1, writes: 1 },
    rule: 'single writer or many readers',
  },
  'pager: a writer goes on writing beside readers': {
    faults: changed({
      conflict: (unit, copy, request) => {
        const kind = RULES.conflict(unit, copy, request);
        return kind === 'demote' ? 'clean' : kind;
      },
    }),
    budget: { reads: 1, writes: 2 },
    rule: 'single writer or many readers',
  },
  'pager: who may have changed a page is supplied what it was': {
    faults: {
      replaced: {
        master: {
          ...ANSWERS_TWICE,
          rules: {
            conflict: (unit, copy, request) => {
              const kind = RULES.conflict(unit, copy, request);
              return kind === 'settle' ? null : kind;
            },
          },
        },
      },
    },
    budget: { reads: 1, writes: 1, evictions: 1 },
    rule: 'no stale read',
  },
  'pager: grants before the recalls are done': {
    faults: changed({ givenUp: () => true }),
    budget: { reads: 1, writes: 1 },
    rule: 'single writer or many readers',
  },
  'pager: asks the store for a page that is being stored': {
    faults: {
      replaced: {
        master: {
          handlers: {
            memory_object_data_return: (core, kernel, message) => {
              const why = HANDLERS.memory_object_data_return(core, kernel, message);
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
              HANDLERS.memory_object_data_return(core, kernel, { ...message, kernelCopy: false }),
          },
        },
      },
    },
    budget: { writes: 1, syncs: 1 },
    rule: 'P13 the copy set has all who have a copy',
  },
  'pager: a sync waits for lock_completed, not for the writes': {
    faults: changed({ stored: () => true }),
    budget: { writes: 1, syncs: 1 },
    rule: 'P11 a sync is done when the writes are',
  },
  'pager: takes the init of a second kernel for a mistake': {
    faults: changed({ isNew: (kernels) => kernels.size === 0 }),
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
