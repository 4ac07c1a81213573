import type { TaskId } from '../../kernel/index.ts';

/** What tasks have, by number. Of a task that has nothing nothing is kept. */
export class PerTask<T> {
  readonly #all = new Map<TaskId, Map<number, T>>();

  get(task: TaskId, number: number): T | undefined {
    return this.#all.get(task)?.get(number);
  }

  set(task: TaskId, number: number, one: T): void {
    const own = this.#all.get(task) ?? new Map<number, T>();
    this.#all.set(task, own.set(number, one));
  }

  delete(task: TaskId, number: number): void {
    const own = this.#all.get(task);
    own?.delete(number);
    if (own?.size === 0) this.#all.delete(task);
  }

  of(task: TaskId): T[] {
    return [...(this.#all.get(task)?.values() ?? [])];
  }

  countOf(task: TaskId): number {
    return this.#all.get(task)?.size ?? 0;
  }
}
