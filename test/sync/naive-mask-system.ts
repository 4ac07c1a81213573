import { type Model, Violation } from '../explorer/explore.ts';
import { Interned } from '../explorer/interned.ts';
import { type Interlock, type Processor, Processors } from './naive-mask.ts';

/** Where the thread of a processor is. In all of these but `start` and `done` it is in its critical section. */
type At = 'start' | 'prepared' | 'releasing' | 'released' | 'asleep' | 'done';

type Saved = { threads: At[]; brought: number[]; told: number[]; cpus: Omit<Processor, 'queue'>[]; queues: Queue[] };
type Queue = { ident: string; isAsleep: boolean }[];
type Whole = Omit<Saved, 'cpus' | 'queues'> & { cpus: Processors };

/**
 * Two processors. The thread of each waits for what the other brings: announces itself, lets go of its lock, for which it has to send a
 * wakeup to the other, and sleeps; and in between each of them wakes the other's.
 */
export function processors(interlock: Interlock, room: number): Model {
  const wholes = new Interned<string>();
  const save = ({ cpus, ...rest }: Whole): number[] => {
    const queues = cpus.all.map(({ queue }) =>
      [...queue.entries()].map(({ ident, isAsleep }) => ({ ident, isAsleep })),
    );
    const saved: Saved = { ...rest, cpus: cpus.all.map(({ mask, fifo, thread }) => ({ mask, fifo, thread })), queues };
    const text = JSON.stringify(saved);
    return [wholes.add(text, text)];
  };
  const load = (number = 0): Whole => {
    const { cpus: saved, queues, ...rest } = JSON.parse(wholes.get(number)) as Saved;
    const cpus = new Processors(interlock, saved.length, room);
    for (const [at, processor] of saved.entries()) {
      Object.assign(cpus.at(at), processor);
      for (const { ident, isAsleep } of queues[at] ?? []) {
        cpus.at(at).queue.prepare('thread', ident, 0);
        if (isAsleep) cpus.at(at).queue.asleep('thread');
      }
    }
    return { ...rest, cpus };
  };
  const cpus = new Processors(interlock, 2, room);
  // Each lock has somebody who waits for it at the other.
  for (const at of [0, 1]) cpus.at(at).mask = [`lock ${1 - at}`];
  return {
    start: save({ threads: ['start', 'start'], brought: [0, 0], told: [0, 0], cpus }),
    canonical: (state) => state,
    steps: (state, visit) => {
      let isQuiet = true;
      for (const step of [0, 1].flatMap((at) => stepsOf(load(state[0]), at, room))) {
        const whole = load(state[0]);
        step.take(whole);
        isQuiet = false;
        visit(() => step.name, save(whole));
      }
      if (isQuiet) checkQuiet(load(state[0]));
    },
  };
}

type Step = { name: string; take: (whole: Whole) => void };

function stepsOf({ threads, brought, cpus, told }: Whole, at: number, room: number): Step[] {
  const steps: Step[] = [];
  const add = (what: string, take: (whole: Whole) => void): void => {
    steps.push({ name: `processor ${at} ${what}`, take });
  };
  const moves = (what: string, to: At, take: (whole: Whole) => void): void =>
    add(what, (whole) => {
      take(whole);
      whole.threads[at] = to;
    });
  const other = 1 - at;
  const [own, others] = [`what ${at} waits for`, `what ${other} waits for`];
  const isFull = cpus.at(other).fifo.length >= room;
  const thread = threads[at];

  if (thread === 'start' && (brought[at] ?? 0) > 0) moves('finds what it waits for', 'done', () => undefined);
  if (thread === 'start' && brought[at] === 0)
    moves('announces itself', 'prepared', (whole) => whole.cpus.prepare(at, own));
  if (thread === 'prepared') {
    const what = isFull ? 'finds the FIFO full, and handles its own' : 'lets go of its lock';
    add(what, (whole) => {
      if (whole.cpus.send(at, other, `lock ${at}`)) whole.threads[at] = 'released';
    });
  }
  if (thread === 'released') {
    add('sleeps', (whole) => {
      whole.threads[at] = whole.cpus.sleep(at, own) ? 'asleep' : 'done';
    });
  }
  if (thread === 'asleep' && cpus.at(at).thread.is === 'runnable') moves('goes on', 'done', () => undefined);
  // Outside of its critical section; asleep, it is left (§2.7).
  const isOpen = thread === 'start' || thread === 'asleep' || thread === 'done';
  if (isOpen && cpus.at(at).fifo.length > 0) add('handles what has come', (whole) => whole.cpus.drain(at));
  if (isOpen && brought[other] === 0) {
    add('brings what the other waits for', (whole) => void (whole.brought[other] = 1));
  }
  if (isOpen && brought[other] === 1 && told[other] === 0) {
    add('wakes the other', (whole) => {
      if (whole.cpus.send(at, other, others)) whole.told[other] = 1;
    });
  }
  return steps;
}

function checkQuiet({ threads, brought }: Whole): void {
  for (const [at, thread] of threads.entries()) {
    if (thread === 'done') continue;
    throw new Violation(
      'no wakeup is lost',
      `the thread of processor ${at} is ${thread}, and ${brought[at] ?? 0} was brought`,
    );
  }
}
