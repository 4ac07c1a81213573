import { INTEREST_ROWS, type InterestRows } from '../../../src/sleep/index.ts';
import { HANDLERS } from '../../../src/vm/index.ts';
import type { Replaced } from './machines.ts';
import type { Bounds } from './whole.ts';

export type Mutant = { replaced: Replaced; bounds?: Partial<Bounds>; rule: string; isLong?: boolean };

/** One decision each of the pager, a kernel's machine or its host is another, and the rule that notices. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'who prepares is told before all have noted it': {
    replaced: {
      rows: {
        settle(state, host) {
          for (const { kernel, reqId } of state.asking) host.emit({ type: 'listening', kernel, reqId });
          state.asking = [];
          INTEREST_ROWS.settle(state, host, null);
        },
      },
    },
    rule: 'who is prepared is known of',
  },
  'who joins is not told': {
    replaced: { rows: { attach: () => undefined } },
    bounds: { late: 1 },
    rule: 'who is prepared is known of',
  },
  'a kernel that died has not noted it': {
    replaced: { rows: { leave: (state, host, about) => without('settle').leave(state, host, about) } },
    bounds: { deaths: 1 },
    rule: 'nobody is stuck',
  },
  'what a kernel that died was asked is waited for': {
    replaced: { rows: { leave: () => undefined } },
    bounds: { deaths: 1 },
    rule: 'nobody is stuck',
  },
  'who found somebody is forgotten': {
    replaced: {
      rows: { completed: (state, host, about) => INTEREST_ROWS.completed(state, host, { ...about, sleeps: false }) },
    },
    bounds: { waits: 2 },
    rule: 'who is prepared is known of',
  },
  'who found nobody is remembered': {
    replaced: {
      rows: { completed: (state, host, about) => INTEREST_ROWS.completed(state, host, { ...about, sleeps: true }) },
    },
    rule: 'a wakeup that finds nobody is the last',
  },
  'who need not know any more is not told': {
    replaced: {
      rows: {
        settle: (state, host) => {
          const emit: typeof host.emit = (effect) => {
            if (effect.type !== 'tell' || effect.isOn) host.emit(effect);
          };
          INTEREST_ROWS.settle(state, { ...host, emit }, null);
        },
      },
    },
    rule: 'a wakeup that finds nobody is the last',
  },
  'a kernel that asks is not written down': {
    replaced: {
      rows: {
        interest(state, host, { kernel, reqId }) {
          state.asking.push({ kernel, reqId });
          INTEREST_ROWS.settle(state, host, null);
        },
      },
    },
    rule: 'nobody is stuck',
  },
  'a second wakeup of all is dropped while the first is on its way': {
    replaced: { rows: { completed: (state, host, about) => without('wakeAll').completed(state, host, about) } },
    bounds: { all: 2, waits: 2, sleepers: 2 },
    rule: 'a wakeup of all wakes all',
  },
  'who has found nobody is the last to be asked': {
    replaced: {
      rows: { completed: (state, host, about) => INTEREST_ROWS.completed(state, host, { ...about, woke: true }) },
    },
    bounds: { kernels: 3, sleeping: 2, all: 0, one: 1, giveUps: 1 },
    rule: 'a wakeup of one wakes one',
  },
  'who has woken one is not believed': {
    replaced: {
      rows: { completed: (state, host, about) => INTEREST_ROWS.completed(state, host, { ...about, woke: false }) },
    },
    bounds: { kernels: 3, sleeping: 2, all: 0, one: 1 },
    rule: 'a wakeup of one wakes no more',
  },
  'a wakeup of one dies with the kernel that it was sent to': {
    replaced: {
      rows: {
        leave(state, host, about) {
          state.looking = state.looking.filter(({ at }) => at !== about.kernel);
          INTEREST_ROWS.leave(state, host, about);
        },
      },
    },
    bounds: { kernels: 3, sleeping: 2, all: 0, one: 1, deaths: 1 },
    rule: 'a wakeup of one wakes one',
    isLong: true,
  },
  'a kernel says that it has noted it, and then notes it': {
    replaced: {
      vm: {
        handlers: {
          memory_object_interest_elsewhere(m, object, message) {
            const said = m.state.effects.length;
            HANDLERS.memory_object_interest_elsewhere(m, object, message);
            m.state.effects.push(...m.state.effects.splice(said).toReversed());
          },
        },
      },
    },
    rule: 'who is prepared is known of',
  },
  'a kernel forgets that it has asked': {
    replaced: {
      vm: {
        handlers: {
          memory_object_woken(m, object, { reqId, offset, domain }) {
            const kind = 'memory_object_woken_completed';
            const message = { kind, reqId, offset, domain, woke: false, sleeps: false } as const;
            const asked = [...object.sleeps.places.values()].filter(({ interest }) => typeof interest === 'number');
            for (const place of asked) place.interest = 'none';
            if (asked.length > 0) m.state.effects.push({ type: 'send', object: object.id, message });
            else
              HANDLERS.memory_object_woken(m, object, {
                kind: 'memory_object_woken',
                reqId,
                offset,
                domain,
                one: false,
              });
          },
        },
      },
    },
    bounds: { kernels: 3 },
    rule: 'nobody is stuck',
  },
  'a broker says that nobody sleeps, and others do': {
    replaced: { wakeupDone: () => ({ woke: false, sleeps: false }) },
    bounds: { sleepers: 2, waits: 2, all: 0, one: 1 },
    rule: 'who is prepared is known of',
  },
  'a broker says that somebody sleeps, and nobody does': {
    replaced: { wakeupDone: (woke) => ({ woke, sleeps: true }) },
    rule: 'a wakeup that finds nobody is the last',
  },
};

function without(row: 'settle' | 'wakeAll'): InterestRows {
  return { ...INTEREST_ROWS, [row]: () => undefined };
}
