import { AsyncLocalStorage } from 'node:async_hooks';
import { IpcError } from '../errors.ts';
import { CriticalGate, type Section } from '../sleep/index.ts';
import { runUserCode } from './user-code.ts';

/**
 * Runs `fn` in a critical section (lwkt.md §2.7): until it settles, requests of other tasks and wakeups of shared idents wait, across
 * all awaits in it; then they go on in the order in which they came. Replies, notifications, recalls and results of kernel calls pass,
 * and what is called inside the task is not held at all. Sections nest, and are open while somebody in them sleeps. They keep out what
 * arrives, not each other: what else this thread has begun goes on.
 *
 * Tasks of one thread share its gate: a section must not wait for what another task of its own thread is to do for it.
 *
 * Settles as `fn` does. What `fn` has started and does not await goes on outside. Rejects with IpcError EINVAL if it is no function.
 */
export async function critical<T>(fn: () => T | Promise<T>): Promise<T> {
  if (typeof fn !== 'function') throw new IpcError('EINVAL', NO_FUNCTION, { op: 'critical' });
  const section = machine.enter(sectionHere(), placeOf(new Error('entered')));
  try {
    return await flow.run(section, fn);
  } finally {
    machine.leave(section);
    // Following promises makes every await dearer (Node 20), and nobody is left whom to follow.
    if (!machine.hasSections) flow.disable();
    passOn();
  }
}

/** What happens before anybody of this thread sleeps: nobody may wait for what his own thread withholds (lwkt.md §2.4). */
export const beforeSleep = new Set<() => void>();

/** Awaits `promise` as a sleeper: the sections that it is awaited in are open meanwhile, and closed again before anybody goes on. */
export function whileAsleep<T>(promise: Promise<T>): Promise<T> {
  for (const act of beforeSleep) act();
  const section = sectionHere();
  // As it is: those that are woken in one turn go on in the order in which they were.
  return section === null ? promise : asleepIn(section, promise);
}

async function asleepIn<T>(section: Section, promise: Promise<T>): Promise<T> {
  machine.sleep(section);
  passOn();
  try {
    return await promise;
  } finally {
    machine.resume(section);
  }
}

/** What has arrived for a program of this thread. */
export type Arrival = {
  run: () => void;
  /** Whether somebody in a section waits for it: then it passes. */
  isWanted: () => boolean;
};

/** What the task side has arrivals go through. One gate for all tasks of the thread: they share what a program has in memory. */
export const gate = {
  /** Whether nobody is in a section, and nothing is left to go on. */
  get isIdle(): boolean {
    return !machine.hasSections && machine.held.size === 0;
  },

  /** Whether what arrives now has to wait. */
  get holds(): boolean {
    return machine.isClosed || machine.held.size > 0;
  },

  /** Whether this is called from inside a section. */
  get isInside(): boolean {
    return sectionHere() !== null;
  },

  /** Where the section was entered that keeps it closed. */
  get closedAt(): string {
    return machine.closedBy?.at() ?? 'nowhere';
  },

  /** Runs `fn` now, or as soon as no section keeps it out, in order. */
  pass(fn: () => void): void {
    gate.hold({ run: fn, isWanted: () => false });
  },

  hold(arrival: Arrival): void {
    if (machine.arrive(arrival)) outside(arrival.run);
  },

  withdraw(arrival: Arrival): void {
    machine.withdraw(arrival);
  },

  /** Somebody in a section has begun to wait for what may be held. */
  letIn(): void {
    for (const arrival of [...machine.held].filter(({ isWanted }) => isWanted())) {
      if (machine.withdraw(arrival)) runUserCode(() => outside(arrival.run));
    }
  },
};

const machine = new CriticalGate<Arrival>();
/** Which section the code that runs is in, across its awaits. */
const flow = new AsyncLocalStorage<Section | undefined>();
let isPassing = false;
const NO_FUNCTION = 'critical: it takes the function that is to run in the section, and not its result';

function sectionHere(): Section | null {
  if (!machine.hasSections) return null;
  let section: Section | null = flow.getStore() ?? null;
  // What a section did not await is in those around it, as long as they last.
  while (section?.isOver === true) section = section.around;
  return section;
}

/** What is held goes on, as long as nothing of it begins a section of its own. */
function passOn(): void {
  if (isPassing) return;
  isPassing = true;
  for (let arrival = machine.next(); arrival !== null; arrival = machine.next()) {
    const { run } = arrival;
    runUserCode(() => outside(run));
  }
  isPassing = false;
}

/** What arrives belongs to no section, in whose turn of the loop or whose end it ever runs. */
export function outside(fn: () => void): void {
  if (machine.hasSections) flow.run(undefined, fn);
  else fn();
}

/** The line that called `critical`. Stacks are made into text only if somebody asks. */
function placeOf(entered: Error): () => string {
  return () => entered.stack?.split('\n')[2]?.trim().replace(/^at /, '') ?? 'an unknown place';
}
