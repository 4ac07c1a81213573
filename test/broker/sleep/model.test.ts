import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PORT, Rig, WORD } from './rig.ts';

// The broker's side against the plainest thing that does the same: one list of everybody, in the order in which they came.

const RUNS = Number(process.env['EASYNC_SLEEP_RUNS'] ?? 300);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
const KEYS = [PORT, WORD];

type Sleeper = { task: number; sleeper: number; key: number; domain: number; asleep: boolean };

const task = fc.integer({ min: 1, max: 3 });
const sleeper = fc.integer({ min: 1, max: 3 });
const key = fc.integer({ min: 0, max: KEYS.length - 1 });
const domain = fc.integer({ min: 0, max: 1 });

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('prepare'), task, sleeper, key, domain, asleep: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('asleep'), task, sleeper }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('remove'), task, sleeper }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('wakeup'), key, domain, one: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('forget'), task, key }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('taskEnded'), task }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('end'), key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('interest'), domain, isOn: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('wokenElsewhere'), domain, one: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test(`random histories, ${RUNS} from seed ${SEED}`, { timeout: 60_000 + RUNS * 20 }, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      using history = new History();
      for (const one of steps) history.take(one);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

class History implements Disposable {
  /** One that has ended is the task's until it gives it back, and its key has another. */
  readonly #rig = new Rig({ idents: 1_000 });
  #all: Sleeper[] = [];
  readonly #interest = new Set<number>();

  take(step: Step): void {
    const { sleeps } = this.#rig;
    const woken = this.#expected(step);
    if (step.op === 'prepare') {
      const ident = this.#ident(step.task, step.key);
      expect(this.#rig.prepare(step.task, step.sleeper, ident, step)).toEqual({ code: 0 });
    } else if (step.op === 'asleep') sleeps.asleep(step.task, step.sleeper);
    else if (step.op === 'remove') sleeps.remove(step.task, step.sleeper);
    else if (step.op === 'wakeup') {
      this.#rig.said.length = 0;
      const ident = this.#ident(WAKER, step.key);
      expect(this.#rig.wakeup(WAKER, ident, step)).toEqual({ code: 0 });
      const isEnough = step.one && woken.some(({ asleep }) => asleep);
      const isSaid = KEYS[step.key] === WORD && !isEnough;
      expect(this.#rig.said).toEqual(isSaid ? [{ ...WORD, domain: step.domain, one: step.one }] : []);
    } else if (step.op === 'forget') this.#rig.forget(step.task, this.#ident(step.task, step.key));
    else if (step.op === 'taskEnded') sleeps.taskEnded(step.task);
    else if (step.op === 'end') {
      if (KEYS[step.key] === WORD) sleeps.objectOver(WORD.object);
      else sleeps.portDied(PORT.port);
    } else if (step.op === 'interest') sleeps.interest({ ...WORD, domain: step.domain }, step.isOn);
    else {
      const woke = sleeps.wokenElsewhere({ ...WORD, domain: step.domain }, step.one);
      const left = this.#all.filter((one) => KEYS[one.key] === WORD && one.domain === step.domain);
      expect(woke).toEqual({
        woke: step.one ? woken.some(({ asleep }) => asleep) : woken.length > 0,
        sleeps: woken.length + left.length > 0,
      });
    }
    const told = this.#rig.woken().flatMap(([of, numbers]) => numbers.map((number) => `${of}.${number}`));
    expect(told.toSorted()).toEqual(woken.map((one) => `${one.task}.${one.sleeper}`).toSorted());
    for (const [number, of] of KEYS.entries()) {
      const isWanted = this.#all.some((one) => one.key === number) || (of === WORD && this.#interest.size > 0);
      expect(this.#rig.isListed(this.#ident(WAKER, number), WAKER, of)).toBe(isWanted);
    }
  }

  [Symbol.dispose](): void {
    this.#rig[Symbol.dispose]();
  }

  /** Who is woken. Those are in the list no more. */
  #expected(step: Step): Sleeper[] {
    const leave = (isIt: (one: Sleeper) => boolean): Sleeper[] => {
      const gone = this.#all.filter(isIt);
      this.#all = this.#all.filter((one) => !isIt(one));
      return gone;
    };
    const isSame = (one: Sleeper): boolean =>
      'sleeper' in step && one.task === step.task && one.sleeper === step.sleeper;
    if (step.op === 'prepare') {
      leave(isSame);
      const { task: of, sleeper: number, key: on, domain: within, asleep } = step;
      this.#all.push({ task: of, sleeper: number, key: on, domain: within, asleep });
    }
    if (step.op === 'asleep') for (const one of this.#all.filter(isSame)) one.asleep = true;
    if (step.op === 'remove') leave(isSame);
    if (step.op === 'taskEnded') leave((one) => one.task === step.task);
    if (step.op === 'forget') return leave((one) => one.task === step.task && one.key === step.key);
    if (step.op === 'interest') this.#interest[step.isOn ? 'add' : 'delete'](step.domain);
    if (step.op === 'end') {
      if (KEYS[step.key] === WORD) this.#interest.clear();
      return leave((one) => one.key === step.key);
    }
    if (step.op !== 'wakeup' && step.op !== 'wokenElsewhere') return [];
    const on = step.op === 'wakeup' ? step.key : KEYS.indexOf(WORD);
    const there = this.#all.filter((one) => one.key === on && one.domain === step.domain);
    const first = step.one ? there.findIndex(({ asleep }) => asleep) : -1;
    const woken = first < 0 ? there : there.slice(0, first + 1);
    return leave((one) => woken.includes(one));
  }

  /** Its number in this task. */
  #ident(of: number, on: number): number {
    const one = KEYS[on];
    if (one === undefined) throw new Error(`there is no ident ${on}`);
    return this.#rig.open(of, one);
  }
}

const WAKER = 9;
