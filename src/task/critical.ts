import { AsyncLocalStorage } from 'node:async_hooks';
import type { IpcError } from '../errors.ts';
import { CriticalGate, type Section } from '../sleep/index.ts';
import { runUserCode } from './user-code.ts';

/**
 * Runs `fn` in a critical section (lwkt.md §2.7): until it settles, requests of other tasks and wakeups of shared idents wait, across
 * all awaits in it; then they go on in the order in which they came. Replies, notifications and results of this task's own calls pass,
 * and so does what is called inside the task. Sections nest, and are open while somebody in them sleeps. They exclude requests, not
 * each other: what else runs in this thread already goes on.
 *
 * Settles as `fn` does. What `fn` starts and does not await runs on outside.
 */
export async function critical<T>(fn: () => T | Promise<T>): Promise<T> {
  const section = machine.enter(sectionHere());
  try {
    return await sections.run(section, fn);
  } finally {
    machine.leave(section);
    // Following each promise costs all of the program's (Node 20), and nobody is left who would be followed.
    if (!machine.hasSections) sections.disable();
    passHeld();
  }
}

/** Awaits `promise` as a sleeper: the sections that it is awaited in are open meanwhile, and closed again before anybody goes on. */
export async function whileAsleep<T>(promise: Promise<T>): Promise<T> {
  const section = sectionHere();
  if (section === null) return promise;
  machine.sleep(section);
  passHeld();
  try {
    return await promise;
  } finally {
    machine.resume(section);
  }
}

/** Something that arrives for a program of this thread, and has to wait while it is in a critical section. */
export type Held = {
  run: () => void;
};

/** What the task side has arrivals go through. */
export const gate = {
  get isClosed(): boolean {
    return machine.isClosed;
  },

  /** Runs `fn` now, or as soon as no section keeps it out. `refuse`: instead, if too much is held already. */
  pass(fn: () => void, _refuse?: (why: IpcError) => void): void {
    const held: Held = { run: fn };
    if (machine.arrive(held)) outside(fn);
  },
};

/** One gate for all tasks of the thread: they share what their program has in memory. */
const machine = new CriticalGate<Held>();
const sections = new AsyncLocalStorage<Section | undefined>();
let isPassing = false;

/** The innermost section that goes on here. */
function sectionHere(): Section | null {
  if (!machine.hasSections) return null;
  let section: Section | null = sections.getStore() ?? null;
  // What a section started and did not await is in those around it, if they last longer.
  while (section?.isOver === true) section = section.around;
  return section;
}

function passHeld(): void {
  if (isPassing) return;
  isPassing = true;
  for (let held = machine.next(); held !== null; held = machine.next()) {
    const { run } = held;
    runUserCode(() => outside(run));
  }
  isPassing = false;
}

/** Whoever sends from inside a section does not put what comes of it, in this thread, into that section. */
function outside(fn: () => void): void {
  if (machine.hasSections) sections.run(undefined, fn);
  else fn();
}
