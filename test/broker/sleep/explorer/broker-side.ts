import { Rig } from '../rig.ts';
import { type Bounds, type Fault, KEYS } from './bounds.ts';
import { at, type Entry, type Said, type Whole } from './whole.ts';

/** The shipped class, put into the state that a whole has, and what it does to one. */
export class BrokerSide implements Disposable {
  readonly #rig = new Rig();
  readonly #bounds: Bounds;
  readonly #fault: Fault | null;
  #whole: Whole | null = null;

  constructor(bounds: Bounds, fault: Fault | null) {
    this.#bounds = bounds;
    this.#fault = fault;
  }

  /** From now on it is that of this whole. */
  load(whole: Whole): void {
    this.#whole = null;
    const { sleeps } = this.#rig;
    for (const task of whole.up.keys()) sleeps.taskEnded(task + 1);
    sleeps.others.listening(PLACE, 0);
    for (const { task, sleeper } of whole.asked) {
      if (whole.entries.some((entry) => isOf(entry, task, sleeper))) continue;
      this.#prepare({ task, sleeper, asleep: false }, true);
      sleeps.remove(task, sleeper);
    }
    for (const entry of whole.entries) {
      const isAsked = whole.asked.some(({ task, sleeper }) => isOf(entry, task, sleeper));
      this.#prepare(entry, isAsked);
    }
    this.#rig.woken();
    this.#whole = whole;
  }

  /** Whether a task that looks now finds that somebody may sleep there. */
  get isListed(): boolean {
    return this.#rig.look(LOOKER, this.#key).isListed();
  }

  /** Everybody in its queue, as it says itself. */
  get queue(): string {
    const [ident] = this.#rig.sleeps.inspect();
    return (ident?.sleepers ?? []).map(({ task, asleep }) => `${task} ${asleep ? 'asleep' : 'prepared'}`).join();
  }

  /** Handles what the task has said. `isAsked`: the pager is asked first. */
  handle(whole: Whole, task: number, said: Said, isAsked: boolean): void {
    const { sleeps } = this.#rig;
    if (said.say === 'prepare') {
      const asleep = this.#fault === 'one that is prepared counts as asleep';
      const entry = { task, sleeper: said.sleeper, asleep };
      whole.entries.push(entry);
      if (isAsked) whole.asked.push({ task, sleeper: said.sleeper });
      this.#prepare(entry, isAsked);
    } else if (said.say === 'asleep') {
      sleeps.asleep(task, said.sleeper);
      for (const entry of whole.entries) if (isOf(entry, task, said.sleeper)) entry.asleep = true;
    } else if (said.say === 'remove') {
      sleeps.remove(task, said.sleeper);
      whole.entries = whole.entries.filter((entry) => !isOf(entry, task, said.sleeper));
    } else if (said.say === 'end') {
      if (this.#fault === 'a death is not heard of') return;
      sleeps.taskEnded(task);
      whole.entries = whole.entries.filter((entry) => entry.task !== task);
    } else if (said.say === 'wakeup') {
      const ident = this.#rig.open(task, this.#key);
      const { code } = this.#rig.wakeup(task, ident, { one: this.#bounds.wake === 'one' });
      this.#tell(whole);
      if (code === 0) say(whole, task, { say: 'told' });
    }
  }

  /** The pager has answered: all other kernels know. */
  listening(whole: Whole): void {
    whole.asked = [];
    this.#rig.sleeps.others.listening(PLACE, 0);
  }

  [Symbol.dispose](): void {
    this.#rig[Symbol.dispose]();
  }

  #prepare({ task, sleeper, asleep }: Entry, isAsked: boolean): void {
    this.#rig.listens = isAsked ? 'asked' : 0;
    const ident = this.#rig.open(task, this.#key);
    // While a state is put back nobody hears of it: who was answered has been before.
    this.#rig.sleeps.prepare(task, { ident, sleeper, domain: 0, asleep }, () => {
      if (this.#whole !== null) say(this.#whole, task, { say: 'prepared', sleeper });
    });
  }

  #tell(whole: Whole): void {
    const told = this.#rig.woken();
    const isDropped = this.#fault === 'one of several tasks is not told' && told.length > 1;
    for (const [index, [task, sleepers]] of told.entries()) {
      for (const sleeper of sleepers) {
        whole.entries = whole.entries.filter((entry) => !isOf(entry, task, sleeper));
        if (!isDropped || index === 0) say(whole, task, { say: 'woken', sleeper });
      }
    }
  }

  get #key(): (typeof KEYS)['port' | 'word'] {
    return KEYS[this.#bounds.on];
  }
}

/** Who is dead hears nothing. */
function say(whole: Whole, task: number, said: Said): void {
  if (whole.sleepers[task - 1]?.at !== 'dead') at(whole.down, task - 1).push(said);
}

function isOf(entry: Entry, task: number, sleeper: number): boolean {
  return entry.task === task && entry.sleeper === sleeper;
}

const PLACE = { ...KEYS.word, domain: 0 };
/** Looks into the table, and nothing else. */
const LOOKER = 99;
