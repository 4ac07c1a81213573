import type { Rig } from './system.ts';
import { waiterAt, type Whole } from './whole.ts';

/** Wakes, and looks whether those were told whom lwkt.md §2.4 says. */
export function wake(rig: Rig, whole: Whole, ident: 'it' | 'other', domain: number, how: 'all' | 'one'): void {
  const { queues } = whole;
  const there = [...queues.entries()].filter((entry) => entry.ident === ident && entry.domain === domain);
  const first = there.findIndex(({ isAsleep }) => isAsleep);
  const wanted = (how === 'all' || first < 0 ? there : there.slice(0, first + 1)).map(({ sleeper }) => sleeper);
  for (const sleeper of wanted) waiterAt(whole, sleeper).isTold = true;
  const woken = how === 'all' ? queues.wakeup(ident, domain) : queues.wakeupOne(ident, domain).woken;
  for (const sleeper of woken) rig.rows.wakeup(waiterAt(whole, sleeper).sleeper);
  rig.must('a wakeup is told to whom it is for', woken.join() === wanted.join(), () => {
    return `it told [${woken.join()}], and not [${wanted.join()}]`;
  });
}
