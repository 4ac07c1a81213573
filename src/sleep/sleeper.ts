/**
 * One that prepares and sleeps (lwkt.md §2.2, §2.3): its one interlock slot, and how its sleep goes. Plain data: its host has the queue,
 * the timer and the signal, and does what the rows answer.
 */
export type Sleeper = {
  /** `entering`: put into a queue by somebody else, who has not said so yet. `consumed`: a wakeup has come since `prepare`. */
  slot: 'empty' | 'entering' | 'prepared' | 'consumed';
  /** `runnable`: something has made it go on, and it has not yet. Its timer and its signal still count. */
  is: 'awake' | 'asleep' | 'runnable';
  /** Its timer has fired since it went to sleep. */
  isLate: boolean;
};

export type Outcome = 'woken' | 'timedOut' | 'interrupted';

export function newSleeper(): Sleeper {
  return { slot: 'empty', is: 'awake', isLate: false };
}

/** What can happen to it. Those that answer `boolean`: whether it slept, and has to be made to go on. */
export const SLEEPER_ROWS: SleeperRows = {
  prepare(sleeper) {
    sleeper.slot = 'entering';
  },

  entered(sleeper) {
    if (sleeper.slot === 'entering') sleeper.slot = 'prepared';
  },

  wakeup(sleeper) {
    sleeper.slot = 'consumed';
    return goesOn(sleeper);
  },

  sleep(sleeper, isInterrupted) {
    // Before anything else, and whatever a wakeup has done: what is in the slot stays there (§2.3).
    if (isInterrupted) return 'interrupted';
    if (sleeper.slot === 'consumed') {
      sleeper.slot = 'empty';
      return 'woken';
    }
    sleeper.is = 'asleep';
    return 'asleep';
  },

  timeout(sleeper) {
    if (sleeper.is === 'awake') return false;
    sleeper.isLate = true;
    return goesOn(sleeper);
  },

  interrupt(sleeper) {
    return goesOn(sleeper);
  },

  remove(sleeper) {
    sleeper.slot = 'empty';
    return goesOn(sleeper);
  },

  goOn(sleeper, isInterrupted) {
    const outcome = sleeper.isLate ? 'timedOut' : isInterrupted ? 'interrupted' : 'woken';
    Object.assign(sleeper, newSleeper());
    return outcome;
  },
};

export type SleeperRows = {
  /** It is about to be in a queue: what was in its slot is void. */
  prepare(sleeper: Sleeper): void;
  /** It is in the queue: a wakeup cannot be missed from now on. */
  entered(sleeper: Sleeper): void;
  /** It has been taken out of its queue. */
  wakeup(sleeper: Sleeper): boolean;
  /** It commits. `asleep`: its timer is armed only now (§2.3). */
  sleep(sleeper: Sleeper, isInterrupted: boolean): 'asleep' | Outcome;
  /** Also of one that is runnable: until it goes on its timer may catch it. */
  timeout(sleeper: Sleeper): boolean;
  interrupt(sleeper: Sleeper): boolean;
  /** It gives up what is in its slot. If it sleeps, it is woken: success without a wakeup is legal (§2.3). */
  remove(sleeper: Sleeper): boolean;
  /** It is awake again. Timeout beats signal beats wakeup (§2.3). */
  goOn(sleeper: Sleeper, isInterrupted: boolean): Outcome;
};

function goesOn(sleeper: Sleeper): boolean {
  if (sleeper.is !== 'asleep') return false;
  sleeper.is = 'runnable';
  return true;
}
