import type { Rig, Step } from './system.ts';
import { wake } from './wake.ts';
import { wakerAt, type WakerState, type Whole } from './whole.ts';

/** Takes the lock, brings one, lets go, wakes. And whoever wakes another ident. */
export function stepsOfWaker(rig: Rig, seen: Whole, number: number): Step[] {
  const waker = wakerAt(seen, number);
  const { domain, how } = rig.bounds.wakers[number] ?? { domain: 0, how: [] };
  const steps: Step[] = [];
  const add = (what: string, take: (whole: Whole, waker: WakerState) => void, isProgress = true): void => {
    const name = `waker ${number} ${what}`;
    steps.push({ name, isProgress, take: (whole) => take(whole, wakerAt(whole, number)) });
  };
  const isEarly = rig.faults.users?.wakesEarly === true;

  if (waker.at === (isEarly ? 'woken' : 'start') && waker.posts > 0 && !seen.isLocked) {
    add('takes the lock', (whole, one) => {
      whole.isLocked = true;
      one.at = 'holding';
      one.posts -= 1;
    });
  }
  if (waker.at === 'holding') {
    add('brings one, and lets go of the lock', (whole, one) => {
      whole.things[domain] = (whole.things[domain] ?? 0) + 1;
      whole.isLocked = false;
      one.at = isEarly ? 'start' : 'posted';
    });
  }
  if (waker.at === (isEarly ? 'start' : 'posted') && (waker.posts > 0 || !isEarly)) {
    for (const those of how) {
      add(`wakes ${those}`, (whole, one) => {
        wake(rig, whole, 'it', domain, those);
        one.at = isEarly ? 'woken' : 'start';
      });
    }
  }
  if (number === 0 && seen.left.otherWakeups > 0) {
    const wakeOther = (whole: Whole): void => {
      whole.left.otherWakeups -= 1;
      wake(rig, whole, 'other', domain, 'all');
    };
    add('wakes all of the other ident', wakeOther, false);
  }
  return steps;
}
