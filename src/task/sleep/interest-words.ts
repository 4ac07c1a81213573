import { openPublishedWords, type PublishedByOther } from '../../os/published-words.ts';
import type { Task } from '../task.ts';

/** The broker's interest table, which this task reads: a word is 0 while nobody sleeps on any of its idents. */
export class InterestWords implements Disposable {
  readonly #task: Task;
  #words: PublishedByOther | null = null;
  #isTried = false;

  constructor(task: Task) {
    this.#task = task;
  }

  /** Opens the table where this process may. It is one for all idents of a broker. */
  open({ pid, fd }: { pid: number; fd: number }): void {
    if (this.#isTried || pid === 0 || this.#task.isClosed) return;
    this.#isTried = true;
    try {
      this.#words = openPublishedWords(pid, fd);
    } catch (error) {
      this.#task.warn(`wakeups are always sent to the broker: its interest table cannot be read: ${String(error)}`);
    }
  }

  /** Whether certainly nobody sleeps there. What its sleepers wait for is changed before this look, never after. */
  isQuiet(word: number): boolean {
    return this.#words !== null && this.#words.load(word) === 0;
  }

  [Symbol.dispose](): void {
    this.#words?.[Symbol.dispose]();
    this.#words = null;
  }
}
