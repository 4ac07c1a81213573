import { Writer } from './bytes.ts';
import { CALL } from './kinds.ts';
import type { Begun, Task } from './task.ts';

export const FLAG = { shared: 1, timed: 4, all: 8, store: 16, noQueue: 32 };
/** What a task has locked; `word` is where its word is, 0: nowhere. */
export type Locked = { gen: number; ownerDied: boolean; word: number };

/** The futexes of a task, by calls to its broker. An address is one of the task's regions. */
export class FutexCalls {
  readonly #task: Task;

  constructor(task: Task) {
    this.#task = task;
  }

  /** Throws the code. */
  async lock(address: number, flags = 0, msec = 0): Promise<Locked> {
    return locked(this.begin(address, flags, msec));
  }

  /** The same, of which the number is known: for `cancel`. */
  begin(address: number, flags = 0, msec = 0): Begun {
    return this.#task.begin(CALL.vm_futex_lock, new Writer().u64(address).u8(flags).u32(msec));
  }

  async unlock(address: number, gen: number): Promise<void> {
    await this.#task.call(CALL.vm_futex_unlock, new Writer().u64(address).u64(gen));
  }

  async consistent(address: number, gen: number): Promise<void> {
    await this.#task.call(CALL.vm_futex_consistent, new Writer().u64(address).u64(gen));
  }

  /** Settles when the grant is revoked. */
  async fenced(address: number, gen: number): Promise<void> {
    await this.#task.call(CALL.vm_futex_fenced, new Writer().u64(address).u64(gen));
  }

  async wait(address: number, value: number, flags = FLAG.shared, msec = 0): Promise<void> {
    const fields = new Writer().u64(address).u32(value).u32(0).u32(msec);
    await this.#task.call(CALL.vm_futex_wait, fields.u8(flags));
  }

  async wake(address: number, flags = FLAG.shared, value = 0): Promise<void> {
    await this.#task.call(CALL.vm_futex_wake, new Writer().u64(address).u32(value).u8(flags));
  }

  async requeue(source: number, target: number, wakeOne: boolean, flags = FLAG.shared): Promise<void> {
    const fields = new Writer().u64(source).u64(target).bool(wakeOne).u8(flags);
    await this.#task.call(CALL.vm_futex_requeue, fields);
  }

  async cancel(callId: number): Promise<void> {
    await this.#task.call(CALL.vm_cancel, new Writer().u64(callId));
  }
}

/** EOWNERDEAD is no failure: the task has the futex. */
export async function locked({ answer }: Begun): Promise<Locked> {
  const { code, reply } = await answer;
  if (code !== '' && code !== 'EOWNERDEAD') throw new Error(code);
  return { gen: reply.u64(), ownerDied: code === 'EOWNERDEAD', word: reply.u32() };
}
