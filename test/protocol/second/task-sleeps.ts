import { closeSync, openSync, readSync } from 'node:fs';
import { Writer } from './bytes.ts';
import { type Deferred, deferred } from './deferred.ts';
import { CALL } from './kinds.ts';
import type { Task } from './task.ts';

/** What is slept on, by the broker's number. */
export type Ident = { ident: number; /** Whether anybody sleeps there; asks nobody. */ hasSleepers: () => boolean };

/** Sleepers of a task, by calls to its broker. */
export class TaskSleeps {
  readonly #task: Task;
  readonly #waiting = new Map<number, Deferred<void>>();
  #lastSleeper = 0;

  constructor(task: Task) {
    this.#task = task;
    task.onWoken = (sleepers) => {
      for (const sleeper of sleepers) this.#waiting.get(sleeper)?.resolve();
    };
  }

  port(name: number): Promise<Ident> {
    return this.#ident(name, 0);
  }

  word(address: number): Promise<Ident> {
    return this.#ident(0, address);
  }

  /** The sleeper's number, and what settles when it is woken. Throws the code. */
  async prepare(
    { ident }: Pick<Ident, 'ident'>,
    options: { domain?: number; asleep?: boolean; again?: number } = {},
  ): Promise<Sleeping> {
    const { domain = 0, asleep = false, again } = options;
    const sleeper = again ?? ++this.#lastSleeper;
    const woken = deferred<void>();
    this.#waiting.set(sleeper, woken);
    await this.#task.call(CALL.sleep_prepare, new Writer().u32(ident).u32(sleeper).u32(domain).bool(asleep));
    return { sleeper, woken: woken.promise };
  }

  async asleep(sleeper: number): Promise<void> {
    await this.#task.call(CALL.sleep_asleep, new Writer().u32(sleeper));
  }

  async remove(sleeper: number): Promise<void> {
    await this.#task.call(CALL.sleep_remove, new Writer().u32(sleeper));
  }

  async wakeup({ ident }: Pick<Ident, 'ident'>, options: { domain?: number; one?: boolean } = {}): Promise<void> {
    const { domain = 0, one = false } = options;
    await this.#task.call(CALL.sleep_wakeup, new Writer().u32(ident).u32(domain).bool(one));
  }

  async forget({ ident }: Pick<Ident, 'ident'>): Promise<void> {
    await this.#task.call(CALL.sleep_forget, new Writer().u32(ident));
  }

  async #ident(name: number, address: number): Promise<Ident> {
    const reply = await this.#task.call(CALL.sleep_ident, new Writer().u32(name).u64(address));
    const [ident, word, pid, fd] = [reply.u32(), reply.u32(), reply.u32(), reply.u32()];
    return { ident, hasSleepers: () => pid === 0 || load(`/proc/${pid}/fd/${fd}`, word) !== 0 };
  }
}

export type Sleeping = { readonly sleeper: number; readonly woken: Promise<void> };

function load(path: string, at: number): number {
  const file = openSync(path, 'r');
  const word = Buffer.alloc(4);
  readSync(file, word, 0, 4, at);
  closeSync(file);
  return word.readUInt32LE();
}
