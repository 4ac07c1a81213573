import type { TaskId } from '../../kernel/index.ts';

/** Calls of each task that wait for a pager. One that never answers must not fill the broker, whatever a task asks again and again. */
export class Unanswered {
  readonly #most: number;
  readonly #counts = new Map<TaskId, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** False: there is no room for one more of the task. */
  begins(task: TaskId): boolean {
    const count = this.#counts.get(task) ?? 0;
    if (count >= this.#most) return false;
    this.#counts.set(task, count + 1);
    return true;
  }

  ended(task: TaskId): void {
    const left = (this.#counts.get(task) ?? 0) - 1;
    if (left > 0) this.#counts.set(task, left);
    else this.#counts.delete(task);
  }
}
