import { HANDLERS, type RULES } from '../../src/vm/index.ts';
import { send } from '../../src/vm/send.ts';
import { startTermination } from '../../src/vm/terminate.ts';
import type { Faults } from './bounds.ts';
import type { Fault } from './fault.ts';
import { ANSWERS_TWICE } from './faults-pager.ts';

const changed = (rules: Partial<typeof RULES>): Faults => ({ replaced: { vm: { rules } } });

export const KERNEL_FAULTS: Readonly<Record<string, Fault>> = {
  'kernel: flushes without a return': {
    faults: changed({ returns: () => false }),
    budget: { writes: 2 },
    rule: 'no lost write: what is flushed was returned',
  },
  'kernel: a task’s own write is not noticed': {
    faults: changed({ isChanged: (record) => record.dirty }),
    budget: { reads: 1, writes: 1, evictions: 1 },
    bounds: { stored: 0 },
    rule: 'no lost write: what is flushed was returned',
  },
  'kernel: what was cleaned stays dirty': {
    faults: changed({ cleans: () => false }),
    budget: { writes: 1, syncs: 1, evictions: 1 },
    rule: 'P10 a page that was cleaned is clean',
  },
  'kernel: asks again for a page that it has asked for': {
    faults: changed({ isOnItsWay: () => false }),
    budget: { reads: 2 },
    rule: 'P1 no second request for a requested page',
  },
  'kernel: asks again to unlock': {
    faults: changed({ asksToUnlock: () => true }),
    budget: { reads: 1, writes: 2 },
    rule: 'P6 an unlock is asked for once',
  },
  'kernel: a lock that is set does not let faults ask anew': {
    faults: changed({ setsLock: () => false }),
    budget: { reads: 2, writes: 2 },
    rule: 'every access ends',
  },
  'kernel: says init once more while it terminates': {
    faults: changed({ needsInit: ({ status }) => status === 'new' || status === 'terminating' }),
    budget: { reads: 1, unmaps: 1, pins: 1 },
    bounds: { mayCache: false },
    rule: 'P15 all is between init and terminate',
  },
  'kernel: never keeps an object that nobody maps': {
    faults: changed({ isKept: () => false }),
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
    faults: changed({ takesFaults: () => true }),
    budget: { reads: 1 },
    rule: 'P1 no request before ready',
  },
  'kernel: lets who faults have a page that is being taken away': {
    faults: changed({ isOnHold: () => false }),
    budget: { reads: 2, writes: 1 },
    rule: 'P8 a page in use stays',
  },
  'kernel: asks for more pages at once than it may': {
    faults: changed({ maxRequests: 2 }),
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
};
