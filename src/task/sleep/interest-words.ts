import { type NamelessFile, openNamelessFile } from '../../os/nameless-file.ts';
import type { SharedMemory } from '../../os/shared-memory.ts';
import type { Task } from '../task.ts';

/** The broker's interest table, which this task reads: a word is 0 while nobody sleeps on any of its idents. */
export class InterestWords implements Disposable {
  readonly #task: Task;
  #file: NamelessFile | null = null;
  #window: SharedMemory | null = null;
  #isTried = false;

  constructor(task: Task) {
    this.#task = task;
  }

  /** Opens the table where this process may. It is one for all idents of a broker. */
  open({ pid, fd }: { pid: number; fd: number }): void {
    if (this.#isTried || pid === 0) return;
    this.#isTried = true;
    try {
      this.#file = openNamelessFile(pid, fd);
      this.#window = this.#file.window(0, this.#file.bytes);
    } catch (error) {
      this.#task.warn(`wakeups are always sent to the broker: its interest table cannot be read: ${String(error)}`);
    }
  }

  /** Whether certainly nobody sleeps there: what its sleepers wait for was changed before this look. */
  isQuiet(word: number): boolean {
    return this.#window !== null && this.#window.load(word) === 0;
  }

  [Symbol.dispose](): void {
    this.#window = null;
    this.#file?.[Symbol.dispose]();
    this.#file = null;
  }
}
