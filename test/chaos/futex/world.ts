import type { FutexPolicy } from 'easync/pager';
import type { Random } from '../../../src/host/seeded-random.ts';
import { PAGES } from '../fixtures/futex-layout.js';
import { Ledger, type Plan } from '../memory/ledger.ts';
import type { LedgerTask } from '../memory/ledger-task.ts';
import type { FutexAccess, FutexHistory } from './history.ts';

export type World = Ledger<FutexAccess>;
export type FutexTask = LedgerTask<FutexAccess>;

export type Size = { brokers: number; tasks: number; futexes: FutexPolicy };

/** Brokers, one pager, and tasks that change under futexes what is in its object. */
export function openWorld(random: Random, { brokers, tasks, futexes }: Size): Promise<World> {
  const plan: Plan = { brokers: NAMES.slice(0, brokers), tasks, pages: PAGES, program: 'futex-task.js', futexes };
  return Ledger.open<FutexAccess>(random, plan);
}

export function historyOf({ history, plan }: World): FutexHistory {
  return { ...history, revokes: plan.futexes.budgetMs !== undefined };
}

/** What the task has locked, as far as its log says so now. */
export function heldBy(task: FutexTask): FutexAccess[] {
  return task.record.accesses.filter(({ gen, unlock }) => gen !== undefined && unlock === undefined);
}

/** The calls of this kind that have not ended. */
export function openCalls(task: FutexTask, kind: FutexAccess['kind']): FutexAccess[] {
  return task.record.accesses.filter((access) => access.kind === kind && access.end === undefined);
}

const NAMES = ['west', 'east', 'north'];
