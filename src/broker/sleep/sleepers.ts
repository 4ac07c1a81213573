import type { TaskId } from '../../kernel/index.ts';
import { SleepQueues } from '../../sleep/index.ts';
import type { Ident, Key } from './idents.ts';
import { PerTask } from './per-task.ts';

export type SleepersHost = {
  /** So many more sleep there. It hears of those that are woken before their tasks do. */
  count(ident: Ident, by: number): void;
  /** Tells a task which of its sleepers were woken. */
  woken(task: TaskId, sleepers: number[]): void;
};

/** The sleepers of all tasks, in the queues of idents (lwkt.md §2.2). Each is in one, until it is woken or removed. */
export class Sleepers {
  readonly #host: SleepersHost;
  readonly #queues = new SleepQueues<Ident, Sleeper>();
  readonly #ofTasks = new PerTask<Sleeper>();

  constructor(host: SleepersHost) {
    this.#host = host;
  }

  /** At the end of the queue, under a number that is free. What is answered takes this very one out, should it be there still. */
  enter(task: TaskId, number: number, ident: Ident, domain: number): () => void {
    const sleeper = { task, number };
    this.#ofTasks.set(task, number, sleeper);
    this.#queues.prepare(sleeper, ident, domain);
    this.#host.count(ident, 1);
    return () => this.#remove(sleeper);
  }

  asleep(task: TaskId, number: number): void {
    const sleeper = this.#ofTasks.get(task, number);
    if (sleeper !== undefined) this.#queues.asleep(sleeper);
  }

  /** Nobody is told. */
  remove(task: TaskId, number: number): void {
    const sleeper = this.#ofTasks.get(task, number);
    if (sleeper !== undefined) this.#remove(sleeper);
  }

  removeAll(task: TaskId): void {
    for (const sleeper of this.#ofTasks.of(task)) this.#remove(sleeper);
  }

  /** Wakes those of one task that sleep on any of these. */
  wakeOf(task: TaskId, isMeant: (ident: Ident) => boolean): void {
    const there = this.#ofTasks.of(task).filter((sleeper) => {
      const ident = this.#queues.identOf(sleeper);
      return ident !== undefined && isMeant(ident);
    });
    for (const sleeper of there) this.#remove(sleeper);
    this.#tell(there);
  }

  /** Wakes all of the domain, or one. `isEnough`: one was asleep. */
  wake(ident: Ident, domain: number, one: boolean): { woken: number; isEnough: boolean } {
    const { woken, isEnough } = one
      ? this.#queues.wakeupOne(ident, domain)
      : { woken: this.#queues.wakeup(ident, domain), isEnough: false };
    this.#woken(ident, woken);
    return { woken: woken.length, isEnough };
  }

  /** Wakes all, whatever their domain. */
  wakeAll(ident: Ident): void {
    this.#woken(ident, this.#queues.end(ident));
  }

  countOf(task: TaskId): number {
    return this.#ofTasks.countOf(task);
  }

  /** Everybody, by what they wait for. */
  inspect(): { ident: Key; sleepers: { task: TaskId; domain: number; asleep: boolean }[] }[] {
    const by = new Map<Ident, { task: TaskId; domain: number; asleep: boolean }[]>();
    for (const { ident, sleeper, domain, isAsleep } of this.#queues.entries()) {
      by.set(ident, [...(by.get(ident) ?? []), { task: sleeper.task, domain, asleep: isAsleep }]);
    }
    return [...by].map(([{ key }, sleepers]) => ({ ident: key, sleepers }));
  }

  #remove(sleeper: Sleeper): void {
    const ident = this.#queues.identOf(sleeper);
    this.#queues.remove(sleeper);
    if (ident !== undefined) this.#left(ident, [sleeper]);
  }

  #woken(ident: Ident, sleepers: readonly Sleeper[]): void {
    this.#left(ident, sleepers);
    this.#tell(sleepers);
  }

  /** They are in no queue any more. */
  #left(ident: Ident, sleepers: readonly Sleeper[]): void {
    this.#host.count(ident, -sleepers.length);
    for (const { task, number } of sleepers) this.#ofTasks.delete(task, number);
  }

  #tell(woken: readonly Sleeper[]): void {
    const numbers = new Map<TaskId, number[]>();
    for (const { task, number } of woken) {
      const those = numbers.get(task);
      if (those === undefined) numbers.set(task, [number]);
      else those.push(number);
    }
    for (const [task, those] of numbers) this.#host.woken(task, those);
  }
}

/** A sleeper of a task, which has its own number for it. */
type Sleeper = { readonly task: TaskId; readonly number: number };
