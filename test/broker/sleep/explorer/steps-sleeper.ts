import type { Step, System } from './system.ts';
import { at, type Said, type SleeperState, type Whole } from './whole.ts';

/** src/task/sleep/shared-ident.ts and the waiter around it: prepares, is told so, looks, sleeps; and what may come in between. */
export function stepsOfSleeper({ bounds, fault }: System, seen: Whole, index: number): Step[] {
  const state = at(seen.sleepers, index);
  const steps: Step[] = [];
  const add = (what: string, take: (whole: Whole, one: SleeperState) => void, isProgress = true): void => {
    steps.push({
      name: `sleeper ${index + 1} ${what}`,
      isProgress,
      take: (whole) => take(whole, at(whole.sleepers, index)),
    });
  };
  const say = (whole: Whole, said: Said): void => void at(whole.up, index).push(said);
  const leave = (whole: Whole, one: SleeperState): void => {
    if (one.isThere) say(whole, { say: 'remove', sleeper: one.number });
    one.isThere = false;
  };
  const isAwaited = fault !== 'nobody waits for the answer';

  if (state.at === 'start') {
    add('prepares', (whole, one) => {
      one.number += 1;
      one.isThere = true;
      say(whole, { say: 'prepare', sleeper: one.number });
      one.at = isAwaited ? 'entering' : 'prepared';
    });
  }
  if (state.at === 'prepared') {
    const isThere = bounds.wake === 'one' ? seen.things > 0 : seen.things >= bounds.wakers;
    add(isThere ? 'finds what it waits for' : 'finds nothing', (whole, one) => {
      if (!isThere) return void (one.at = 'looked');
      if (bounds.wake === 'one') whole.things -= 1;
      leave(whole, one);
      one.at = 'done';
    });
  }
  if (state.at === 'looked') {
    add(state.isThere ? 'sleeps' : 'goes on at once', (whole, one) => {
      if (one.isThere) say(whole, { say: 'asleep', sleeper: one.number });
      one.at = one.isThere ? 'sleeping' : 'start';
    });
    if (seen.left.leaves > 0) {
      const decide = (whole: Whole, one: SleeperState): void => {
        whole.left.leaves -= 1;
        leave(whole, one);
        one.at = 'gone';
      };
      add('decides not to sleep', decide, false);
    }
  }
  if (state.at === 'runnable') add('goes on', (_whole, one) => void (one.at = 'start'));
  if ((state.at === 'sleeping' || state.at === 'runnable') && seen.left.timeouts > 0) {
    const fires = (whole: Whole, one: SleeperState): void => {
      whole.left.timeouts -= 1;
      if (fault === 'a timer takes nobody out of the queue') one.isThere = false;
      leave(whole, one);
      one.at = 'late';
    };
    add('hears its timer', fires, false);
  }
  if (state.at === 'late' && bounds.wake === 'all') add('begins again', (_whole, one) => void (one.at = 'start'));
  if (state.at === 'late' && bounds.wake === 'one') {
    add('gives up, and wakes one more', (whole, one) => {
      one.at = 'gone';
      if (fault !== 'who timed out keeps the wakeup') say(whole, { say: 'wakeup' });
    });
  }
  if (state.at !== 'dead' && seen.left.deaths > 0) {
    const die = (whole: Whole, one: SleeperState): void => {
      whole.left.deaths -= 1;
      one.at = 'dead';
      whole.down[index] = [];
      say(whole, { say: 'end' });
    };
    add('is killed', die, false);
  }
  const [said] = at(seen.down, index);
  if (said !== undefined && state.at !== 'dead') {
    add(`hears '${said.say}'`, (whole, one) => {
      at(whole.down, index).shift();
      if (said.say === 'prepared' && one.at === 'entering' && said.sleeper === one.number) one.at = 'prepared';
      if (said.say !== 'woken') return;
      const isKnown = one.isThere && said.sleeper === one.number;
      if (!isKnown && fault === 'a number that is not known is an error') one.at = 'failed';
      if (!isKnown && fault !== 'numbers are not looked at') return;
      one.isThere = false;
      if (one.at === 'sleeping') one.at = 'runnable';
    });
  }
  return steps;
}
