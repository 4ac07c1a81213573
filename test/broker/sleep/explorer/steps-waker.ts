import type { Step, System } from './system.ts';
import { at, type WakerState, type Whole } from './whole.ts';

/** Brings something, looks into the table, and says so to the broker if somebody may sleep there. */
export function stepsOfWaker({ bounds, fault, isListed }: System, seen: Whole, index: number): Step[] {
  const state = at(seen.wakers, index);
  const task = bounds.sleepers + index;
  const steps: Step[] = [];
  const add = (what: string, take: (whole: Whole, one: WakerState) => void): void => {
    steps.push({
      name: `waker ${index + 1} ${what}`,
      isProgress: true,
      take: (whole) => take(whole, at(whole.wakers, index)),
    });
  };
  const isEarly = fault === 'the table is read before the change is there';
  const look = (whole: Whole, one: WakerState): void => {
    one.found = isListed(whole);
    one.at = 'looked';
  };
  const bring = (whole: Whole, one: WakerState): void => {
    whole.things += 1;
    one.at = 'changed';
  };
  const wake = (whole: Whole, one: WakerState): void => {
    if (one.found) at(whole.up, task).push({ say: 'wakeup' });
    one.at = one.found ? 'asking' : 'done';
  };

  if (state.at === 'start' && isEarly) add('looks into the table', look);
  if (state.at === 'start' && !isEarly) add('brings one', bring);
  if (state.at === 'looked' && isEarly) add('brings one', bring);
  if (state.at === 'changed' && !isEarly) add('looks into the table', look);
  if (state.at === (isEarly ? 'changed' : 'looked')) add(state.found ? 'wakes' : 'has nobody to wake', wake);
  if (at(seen.down, task).length > 0) {
    add('is told that it is done', (whole, one) => {
      at(whole.down, task).shift();
      one.at = 'done';
    });
  }
  return steps;
}
