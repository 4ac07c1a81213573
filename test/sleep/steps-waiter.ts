import type { Outcome } from '../../src/sleep/index.ts';
import { checkOutcome } from './rules.ts';
import type { Rig, Step } from './system.ts';
import { waiterAt, type WaiterState, type Whole } from './whole.ts';
import { wake } from './wake.ts';

/** Takes the lock, looks, prepares, lets go, sleeps, and begins again: the order of lwkt.md §2.6, and what may come in between. */
export function stepsOfWaiter(rig: Rig, seen: Whole, number: number): Step[] {
  const waiter = waiterAt(seen, number);
  const domain = rig.bounds.waiters[number] ?? 0;
  const steps: Step[] = [];
  const add = (what: string, take: (whole: Whole, waiter: WaiterState) => void, isProgress = true): void => {
    const name = `waiter ${number} ${what}`;
    steps.push({ name, isProgress, take: (whole) => take(whole, waiterAt(whole, number)) });
  };
  const prepare = (whole: Whole, one: WaiterState, ident: 'it' | 'other'): void => {
    one.isTold = false;
    whole.queues.prepare(number, ident, domain);
    rig.rows.prepare(one.sleeper);
    if (!rig.bounds.isDistant) rig.rows.entered(one.sleeper);
  };
  const { users = {} } = rig.faults;

  if (waiter.at === 'start' && !seen.isLocked) {
    add('takes the lock', (whole, one) => {
      whole.isLocked = true;
      one.at = 'looking';
    });
  }
  if (waiter.at === 'looking' && (seen.things[domain] ?? 0) > 0) {
    add('takes one, and lets go of the lock', (whole, one) => {
      whole.things[domain] = (whole.things[domain] ?? 0) - 1;
      whole.isLocked = false;
      one.at = 'done';
    });
  } else if (waiter.at === 'looking') {
    if (users.preparesLate === true) {
      add('finds none, and lets go of the lock', (whole, one) => {
        whole.isLocked = false;
        one.at = 'late';
      });
    } else {
      add('finds none, and prepares', (whole, one) => {
        prepare(whole, one, 'it');
        one.at = rig.bounds.isDistant ? 'entering' : 'prepared';
      });
    }
    if (seen.left.others > 0 && !waiter.hasOther) {
      add('prepares another ident', (whole, one) => {
        whole.left.others -= 1;
        one.hasOther = true;
        prepare(whole, one, 'other');
      });
    }
  }
  if (waiter.at === 'late') {
    add('prepares', (whole, one) => {
      prepare(whole, one, 'it');
      one.at = 'released';
    });
  }
  if (waiter.at === 'entering') {
    add('is told that it is in the queue', (_whole, one) => {
      rig.rows.entered(one.sleeper);
      one.at = 'prepared';
    });
  }
  if (waiter.at === 'prepared') {
    add('lets go of the lock', (whole, one) => {
      whole.isLocked = false;
      one.at = 'released';
    });
  }
  if (waiter.at === 'released') {
    add('sleeps', (whole, one) => {
      const outcome = rig.rows.sleep(one.sleeper, one.isAborted);
      checkOutcome(rig, one, outcome, 'before');
      if (outcome === 'asleep') {
        whole.queues.asleep(number);
        one.at = 'sleeping';
      } else goOn(one, outcome);
    });
    if (seen.left.leaves > 0) {
      add('decides not to sleep', (whole, one) => {
        whole.left.leaves -= 1;
        one.at = 'done';
      });
    }
  }
  if (waiter.at === 'sleeping') {
    if (waiter.sleeper.is === 'runnable') {
      add('goes on', (whole, one) => {
        whole.queues.remove(number);
        const outcome = rig.rows.goOn(one.sleeper, one.isAborted);
        checkOutcome(rig, one, outcome, 'after');
        goOn(one, outcome);
      });
    }
    if (seen.left.timeouts > 0 && !waiter.isLate) {
      const fires = (whole: Whole, one: WaiterState): void => {
        whole.left.timeouts -= 1;
        one.isLate = true;
        if (users.staysInQueue !== true) whole.queues.remove(number);
        rig.rows.timeout(one.sleeper);
      };
      add('hears its timer', fires, false);
    }
  }
  if (waiter.at === 'failed') {
    add('wakes one more, for it had an error', (whole, one) => {
      one.at = one.isAborted ? 'done' : 'start';
      if (users.keepsWakeup !== true) wake(rig, whole, 'it', domain, 'one');
    });
  }
  if (waiter.at !== 'done' && !waiter.isAborted && seen.left.signals > 0) {
    const interrupt = (whole: Whole, one: WaiterState): void => {
      whole.left.signals -= 1;
      one.isAborted = true;
      if (one.at !== 'sleeping') return;
      whole.queues.remove(number);
      rig.rows.interrupt(one.sleeper);
    };
    add('hears its signal', interrupt, false);
  }
  return steps;
}

function goOn(waiter: WaiterState, outcome: Outcome): void {
  waiter.at = outcome === 'woken' ? 'start' : 'failed';
  waiter.isLate = false;
  waiter.isTold = false;
}
