import type { KeeperRows, MasterRows, Word } from '../lock/index.ts';
import type { Handlers } from './receive/table.ts';
import type { Rules } from './rules.ts';
import type { MemoryObject, PageKey, State, VmLimits } from './state.ts';
import type { Effect, ObjectId, Page } from './types.ts';

/** What every function here works on: the state, and what decides. */
export type Machine = {
  readonly limits: VmLimits;
  readonly rules: Rules;
  readonly handlers: Handlers;
  readonly keeperRows: KeeperRows;
  readonly masterRows: MasterRows;
  readonly words: Words;
  readonly state: State;
};

/** The words of futexes, in memory that tasks share. The one thing that the machine looks at, and not only speaks of. */
export type Words = {
  /** Null: tasks have this futex by messages alone. */
  at(object: ObjectId, offset: number): Word | null;
  /** Said while nobody can take the word: by which grant it is had from now on. */
  setGen(object: ObjectId, offset: number, gen: number): void;
  /** How often tasks took it by themselves. */
  uses(object: ObjectId, offset: number): number;
};

export const NO_WORDS: Words = { at: () => null, setGen: () => undefined, uses: () => 0 };

export function emit(m: Machine, effect: Effect): void {
  m.state.effects.push(effect);
}

export function keyOf(m: Machine, object: ObjectId, page: Page): PageKey {
  return object * pagesPerObject(m) + page;
}

export function pageOf(m: Machine, key: PageKey): { object: MemoryObject | undefined; page: Page } {
  const page = key % pagesPerObject(m);
  return { object: m.state.objects.get((key - page) / pagesPerObject(m)), page };
}

/** Those who wait for the page may be able to go on. */
export function stirPage(m: Machine, object: MemoryObject, page: Page): void {
  if (object.waiters.has(page)) m.state.stirredPages.push(keyOf(m, object.id, page));
}

/** The object may be able to go on: with what is queued for it, with its backlog, or to its end. */
export function stirObject(m: Machine, object: MemoryObject): void {
  m.state.stirredObjects.push(object.id);
}

function pagesPerObject(m: Machine): number {
  return m.limits.objectBytes / m.limits.pageBytes;
}
