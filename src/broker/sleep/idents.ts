import type { ErrorCode } from '../../errors.ts';
import type { PortId, TaskId } from '../../kernel/index.ts';
import type { ObjectId } from '../../vm/types.ts';
import { PerTask } from './per-task.ts';

/** What one can sleep on, the same for all tasks of this broker. */
export type Ident = {
  readonly id: number;
  readonly key: Key;
  /** How many tasks have its number. */
  tasks: number;
  /** In which its object's pager was asked for wakeups of other kernels. */
  readonly domains: Set<number>;
  /** It has ended: why nobody can sleep on it any more. */
  dead: ErrorCode | null;
};

export type Key = { readonly port: PortId } | { readonly object: ObjectId; readonly offset: number };

/** The idents of a broker. One is kept while a task has its number. */
export class Idents {
  readonly #byKey = new Map<string, Ident>();
  readonly #ofTasks = new PerTask<Opened>();
  #lastId = 0;

  /** The ident's number is the task's from now on. A task gives back each that it was given: an answer may cross the end of another handle. */
  open(task: TaskId, key: Key): Ident {
    const ident = this.find(key) ?? { id: (this.#lastId += 1), key, tasks: 0, domains: new Set(), dead: null };
    this.#byKey.set(nameOf(key), ident);
    const one = this.#ofTasks.get(task, ident.id) ?? { ident, times: 0 };
    if (one.times === 0) ident.tasks += 1;
    one.times += 1;
    this.#ofTasks.set(task, ident.id, one);
    return ident;
  }

  find(key: Key): Ident | undefined {
    return this.#byKey.get(nameOf(key));
  }

  /** One that this task has opened. */
  of(task: TaskId, id: number): Ident | undefined {
    return this.#ofTasks.get(task, id)?.ident;
  }

  countOf(task: TaskId): number {
    return this.#ofTasks.countOf(task);
  }

  /** Undoes one `open`. Answers whether the task has the number no more. */
  close(task: TaskId, { id }: Ident): boolean {
    const one = this.#ofTasks.get(task, id);
    if (one === undefined) return false;
    one.times -= 1;
    if (one.times > 0) return false;
    this.#ofTasks.delete(task, id);
    this.#left(one.ident);
    return true;
  }

  /** The task has gone. Answers what it had. */
  closeAll(task: TaskId): Ident[] {
    const idents = this.#ofTasks.of(task).map(({ ident }) => ident);
    for (const ident of idents) {
      this.#ofTasks.delete(task, ident.id);
      this.#left(ident);
    }
    return idents;
  }

  /** What it was about has ended. Should its key come again, that is another ident. */
  end(ident: Ident, code: ErrorCode): void {
    ident.dead = code;
    this.#byKey.delete(nameOf(ident.key));
  }

  /** Those on a memory object. */
  on(object: ObjectId): Ident[] {
    return [...this.#byKey.values()].filter(({ key }) => 'object' in key && key.object === object);
  }

  #left(ident: Ident): void {
    ident.tasks -= 1;
    if (ident.tasks === 0 && ident.dead === null) this.#byKey.delete(nameOf(ident.key));
  }
}

type Opened = { readonly ident: Ident; times: number };

function nameOf(key: Key): string {
  return 'port' in key ? `port ${key.port}` : `object ${key.object} ${key.offset}`;
}
