import { must } from '../../explorer/rules.ts';
import { tell } from './broker.ts';
import { brokerAt, GONE, type Step, type System, type Whole } from './whole.ts';

/** What holds at any time: who has been told that it is prepared is known of by everybody who could wake it. */
export function check({ machines }: System, { brokers, pager }: Whole): void {
  if (pager === GONE) return;
  for (const [number, { queue }] of brokers.entries()) {
    if (queue.length === 0) continue;
    for (const [other, { isMapped, vm, flag }] of brokers.entries()) {
      const isConcerned = other !== number && isMapped && machines.isReady(vm);
      const what = (): string => `kernel ${number} has sleepers, and kernel ${other} does not know`;
      must('who is prepared is known of', !isConcerned || flag, what);
    }
  }
}

/** Nothing happens by itself any more. */
export function checkQuiet(system: System, whole: Whole): void {
  const { brokers, told, woken, toldAll, hasDied, pager, left } = whole;
  const { bounds } = system;
  const waiting = brokers.reduce((sum, { preparing }) => sum + preparing, 0);
  must('nobody is stuck', waiting === 0, () => `${waiting} wait to hear that they are prepared`);
  must('nobody is stuck', !brokers.some(({ waker }) => waker !== null), () => 'one that wakes waits');
  const queued = brokers.flatMap(({ queue }) => queue);
  if (pager === GONE) {
    const isOver = queued.length === 0 && brokers.every(({ flag }) => !flag);
    return must('who sleeps hears of the end', isOver, () => 'the pager is dead, and one sleeps, or a flag is on');
  }
  const missed = queued.some(({ since }) => since < toldAll);
  must('a wakeup of all wakes all', !missed, () => 'one is asleep that was prepared before a wakeup began');
  const slept = queued.some(({ asleep }) => asleep === 0);
  must('a wakeup of one wakes one', !slept || woken >= told, () => `${told} wakeups woke ${woken}, and one is asleep`);
  const isExact = !hasDied && bounds.detaches === 0;
  must('a wakeup of one wakes no more', !isExact || woken <= told, () => `${told} wakeups woke ${woken}`);
  for (const { interest } of system.machines.pagers.get(pager).places.values()) {
    const { asking, told: known, looking, waking } = interest;
    const isDone = [...asking, ...looking, ...waking].length === 0 && known.every(({ noting }) => noting === 0);
    must('nothing is waited for for ever', isDone, () => JSON.stringify(interest));
  }
  if (queued.length === 0 && left.all === 0 && left.one === 0) checkForgotten(system, whole);
}

/** Nobody sleeps: a wakeup at each kernel that still has to tell, and nobody has to any more. */
function checkForgotten(system: System, quiet: Whole): void {
  const whole = structuredClone(quiet);
  const { steps } = system;
  for (const number of whole.brokers.keys()) {
    const broker = brokerAt(whole, number);
    if (!broker.flag) continue;
    broker.waker = { is: 'stored', one: false, value: whole.value };
    runOut(whole, steps);
  }
  const on = whole.brokers.flatMap(({ flag }, number) => (flag ? [number] : []));
  must('a wakeup that finds nobody is the last', on.length === 0, () => `the flags of ${on.join()} are on`);
  const ready = whole.brokers.filter(({ isAlive, vm }) => isAlive && system.machines.isReady(vm));
  // Who is alone is never told of a wakeup.
  if (ready.length === 1) for (const broker of ready) tell(system, whole, broker, { do: 'ignore' });
  runOut(whole, steps);
  const left = ready.reduce((sum, { vm }) => sum + system.machines.remembered(vm), 0);
  const places = system.machines.pagers.get(whole.pager).places.size;
  must(
    'a wakeup that finds nobody is the last',
    left + places === 0,
    () => `${left} and ${places} places are remembered`,
  );
}

function runOut(whole: Whole, steps: (whole: Whole) => Step[]): void {
  for (let next = progress(steps(whole)); next !== undefined; next = progress(steps(whole))) next.take(whole);
}

function progress(steps: readonly Step[]): Step | undefined {
  return steps.find(({ isProgress }) => isProgress);
}
