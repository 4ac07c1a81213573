import { type Sleeper, SLEEPER_ROWS, SleepQueues } from '../../src/sleep/index.ts';
import { type Bounds, type Budget, type Faults, WAKER } from './bounds.ts';

/** One thing wrong in the shipped machine, what has to be there for it to matter, and the rule that tells. */
export type Mutant = { faults: Faults; bounds?: Partial<Bounds>; budget?: Partial<Budget>; rule: string };

const rows = SLEEPER_ROWS;
const TOLD = 'a wakeup is told to whom it is for';
const RESULT = 'timeout beats signal beats wakeup';
const PLACE = 'who sleeps is in the queue, as one that sleeps, and nobody else is';
const LOST = 'no wakeup is lost';
const TWO: Partial<Bounds> = { waiters: [0, 0] };
const DOMAINS: Partial<Bounds> = { waiters: [0, 1], wakers: [WAKER, { ...WAKER, domain: 1 }] };
const OTHER: Partial<Budget> = { others: 1, otherWakeups: 1 };

type Entry = { sleeper: number; ident: string; domain: number; isAsleep: boolean };
type Ident = 'it' | 'other';

/** The shipped queues, with other names for what they let everybody see. */
class Shipped extends SleepQueues<Ident, number> {
  at(ident: Ident, domain: number): Entry[] {
    return [...this.entries()].filter((entry) => entry.ident === ident && entry.domain === domain);
  }

  takes(sleepers: number[]): number[] {
    for (const sleeper of sleepers) this.remove(sleeper);
    return sleepers;
  }
}

export const SLEEPER_MUTANTS: Readonly<Record<string, Mutant>> = {
  'prepare: what consumed the slot before still counts': {
    faults: { rows: { prepare: (sleeper) => void (sleeper.slot !== 'consumed' && rows.prepare(sleeper)) } },
    budget: OTHER,
    rule: RESULT,
  },
  'entered: a wakeup that came before is forgotten': {
    faults: { rows: { entered: (sleeper) => void (sleeper.slot = 'prepared') } },
    bounds: { isDistant: true },
    rule: 'who is prepared is in the queue',
  },
  'wakeup: who does not sleep yet is not told': {
    faults: { rows: { wakeup: (sleeper) => sleeper.is !== 'awake' && rows.wakeup(sleeper) }, blindTo: [RESULT] },
    rule: 'who is prepared is in the queue',
  },
  'wakeup: who sleeps does not go on': {
    faults: { rows: { wakeup: (sleeper) => sleeper.is === 'awake' && rows.wakeup(sleeper) } },
    rule: PLACE,
  },
  'sleep: a pending signal is not looked at': {
    faults: { rows: { sleep: (sleeper) => rows.sleep(sleeper, false) } },
    budget: { signals: 1 },
    rule: RESULT,
  },
  'sleep: a consumed slot is looked at before the signal': {
    faults: { rows: { sleep: (sleeper, isInterrupted) => rows.sleep(sleeper, isInterrupted && !isConsumed(sleeper)) } },
    budget: { signals: 1 },
    rule: RESULT,
  },
  'sleep: a consumed slot does not keep it from sleeping': {
    faults: {
      rows: {
        sleep: (sleeper, isInterrupted) => {
          if (isConsumed(sleeper)) sleeper.slot = 'prepared';
          return rows.sleep(sleeper, isInterrupted);
        },
      },
    },
    rule: RESULT,
  },
  'timeout: who is runnable is safe from its timer': {
    faults: { rows: { timeout: (sleeper) => sleeper.is === 'asleep' && rows.timeout(sleeper) } },
    budget: { timeouts: 1 },
    rule: RESULT,
  },
  'timeout: it is taken for a wakeup': {
    faults: { rows: { timeout: (sleeper) => rows.remove(sleeper) } },
    budget: { timeouts: 1 },
    rule: RESULT,
  },
  'timeout: it does not make it go on': {
    faults: {
      rows: {
        timeout: (sleeper) => {
          sleeper.isLate = true;
          return false;
        },
      },
    },
    budget: { timeouts: 1 },
    rule: PLACE,
  },
  'interrupt: it sleeps on': {
    faults: { rows: { interrupt: () => false } },
    budget: { signals: 1 },
    rule: PLACE,
  },
  'goOn: signal beats timeout': {
    faults: {
      rows: {
        goOn: (sleeper, isInterrupted) => {
          if (isInterrupted) sleeper.isLate = false;
          return rows.goOn(sleeper, isInterrupted);
        },
      },
    },
    budget: { timeouts: 1, signals: 1 },
    rule: RESULT,
  },
  'goOn: wakeup beats signal': {
    faults: { rows: { goOn: (sleeper, isInterrupted) => rows.goOn(sleeper, isInterrupted && !isConsumed(sleeper)) } },
    budget: { signals: 1 },
    rule: RESULT,
  },
  'goOn: wakeup beats timeout': {
    faults: {
      rows: {
        goOn: (sleeper, isInterrupted) => {
          if (isConsumed(sleeper)) sleeper.isLate = false;
          return rows.goOn(sleeper, isInterrupted);
        },
      },
    },
    budget: { timeouts: 1 },
    rule: RESULT,
  },
  'goOn: the next sleep is late from the start': {
    faults: {
      rows: {
        goOn: (sleeper, isInterrupted) => {
          const { isLate } = sleeper;
          const outcome = rows.goOn(sleeper, isInterrupted);
          sleeper.isLate = isLate;
          return outcome;
        },
      },
    },
    budget: { timeouts: 1 },
    rule: RESULT,
  },
};

export const QUEUE_MUTANTS: Readonly<Record<string, Mutant>> = {
  'wakeupOne: who has only prepared counts': {
    faults: {
      queues: class extends Shipped {
        override wakeupOne(ident: Ident, domain: number): { woken: number[]; isEnough: boolean } {
          const woken = this.takes(
            this.at(ident, domain)
              .slice(0, 1)
              .map(({ sleeper }) => sleeper),
          );
          return { woken, isEnough: woken.length > 0 };
        }
      },
      blindTo: [TOLD, RESULT],
    },
    bounds: { ...TWO, wakers: [WAKER] },
    budget: { leaves: 1 },
    rule: LOST,
  },
  'wakeupOne: the last comes first': {
    faults: {
      queues: class extends Shipped {
        override wakeupOne(ident: Ident, domain: number): { woken: number[]; isEnough: boolean } {
          const sleeping = this.at(ident, domain).filter(({ isAsleep }) => isAsleep);
          return { woken: this.takes(sleeping.slice(-1).map(({ sleeper }) => sleeper)), isEnough: true };
        }
      },
    },
    rule: TOLD,
  },
  'wakeupOne: who has only prepared is passed by': {
    faults: {
      queues: class extends Shipped {
        override wakeupOne(ident: Ident, domain: number): { woken: number[]; isEnough: boolean } {
          const sleeping = this.at(ident, domain).filter(({ isAsleep }) => isAsleep);
          return { woken: this.takes(sleeping.slice(0, 1).map(({ sleeper }) => sleeper)), isEnough: true };
        }
      },
      blindTo: [TOLD],
    },
    // Nobody sleeps yet, and the one that is about to has to be told.
    bounds: { waiters: [0], wakers: [WAKER] },
    rule: RESULT,
  },
  'wakeup: only the first': {
    faults: {
      queues: class extends Shipped {
        override wakeup(ident: Ident, domain: number): number[] {
          return this.takes(
            this.at(ident, domain)
              .slice(0, 1)
              .map(({ sleeper }) => sleeper),
          );
        }
      },
    },
    rule: TOLD,
  },
  'wakeup: of every domain': {
    faults: {
      queues: class extends Shipped {
        override wakeup(ident: Ident): number[] {
          return [0, 1].flatMap((domain) => super.wakeup(ident, domain));
        }
      },
    },
    bounds: DOMAINS,
    rule: TOLD,
  },
  'wakeup: those that are woken stay': {
    faults: {
      queues: class extends Shipped {
        override wakeup(ident: Ident, domain: number): number[] {
          return this.at(ident, domain).map(({ sleeper }) => sleeper);
        }
      },
    },
    rule: PLACE,
  },
  'asleep: nobody knows': {
    faults: {
      queues: class extends Shipped {
        override asleep(): boolean {
          return true;
        }
      },
    },
    rule: PLACE,
  },
  'prepare: who is in a queue stays there': {
    faults: {
      queues: class extends Shipped {
        override prepare(sleeper: number, ident: Ident, domain: number): void {
          if (this.identOf(sleeper) === undefined) super.prepare(sleeper, ident, domain);
        }
      },
      blindTo: [PLACE],
    },
    bounds: { waiters: [0], wakers: [WAKER] },
    budget: OTHER,
    rule: LOST,
  },
  'remove: who is late stays': {
    faults: {
      queues: class extends Shipped {
        override remove(sleeper: number): void {
          if (
            this.identOf(sleeper) !== undefined &&
            ![...this.entries()].some((e) => e.sleeper === sleeper && e.isAsleep)
          )
            super.remove(sleeper);
        }
      },
    },
    budget: { timeouts: 1 },
    rule: PLACE,
  },
};

export const USER_MUTANTS: Readonly<Record<string, Mutant>> = {
  'release, then enqueue (§2.6)': { faults: { users: { preparesLate: true } }, bounds: TWO, rule: LOST },
  'wake, then change what was waited for': { faults: { users: { wakesEarly: true } }, bounds: TWO, rule: LOST },
  'who has an error keeps the wakeup of one that it had (§2.3)': {
    faults: { users: { keepsWakeup: true } },
    bounds: { ...TWO, wakers: [WAKER] },
    budget: { signals: 1 },
    rule: LOST,
  },
  'its timer has fired, and it stays in the queue until it goes on': {
    faults: { users: { staysInQueue: true } },
    budget: { timeouts: 1 },
    rule: PLACE,
  },
};

function isConsumed({ slot }: Sleeper): boolean {
  return slot === 'consumed';
}
