import type { ErrorCode } from '../errors.ts';
import { VM_PROT } from '../wire/index.ts';
import { maps, sleepingPlaceOf } from './futex/key.ts';
import type { Machine } from './machine.ts';
import { settle } from './settle.ts';
import { ignore, listen } from './sleep/listen.ts';
import type { SleepPlace } from './sleep/types.ts';
import { wakeup, wakeupDone } from './sleep/wakeups.ts';
import type { ObjectId, TaskId } from './types.ts';

/**
 * Sleep and wakeup over several kernels (lwkt.md §2.1, §2.6). The host has the queues of sleepers; here is which kernels have to hear of
 * which wakeup. What follows later comes as one of the `SleepEffect`s.
 */
export class Sleeps {
  readonly #m: Machine;

  constructor(m: Machine) {
    this.#m = m;
  }

  /** What an address of the task's is. Its page has come in before: so the object's pager is known. `KERN_INVALID_ADDRESS`. */
  keyOf(task: TaskId, address: number): { object: ObjectId; offset: number } | ErrorCode {
    const place = sleepingPlaceOf(this.#m, task, address, { isLocal: false });
    if (typeof place === 'string') return place;
    const { object, offset } = place.key;
    return { object, offset };
  }

  /** Whether the task maps the word somewhere, and may read it. */
  reaches(task: TaskId, object: ObjectId, offset: number): boolean {
    return maps(this.#m, task, object, offset, VM_PROT.READ);
  }

  /**
   * Whoever prepares to sleep there. `'asked'`: `listening` follows, one for all who ask until then. It stays in force until `wakeupDone` says
   * that nobody sleeps, `ignore`, or `sleepsOver`. `KERN_MEMORY_ERROR`: the pager has gone. `KERN_RESOURCE_SHORTAGE`: `futexes`.
   */
  listen(object: ObjectId, offset: number, domain: number): 0 | 'asked' | ErrorCode {
    const answer = listen(this.#m, { object, offset, domain });
    settle(this.#m);
    return answer;
  }

  /** Nobody sleeps there nor prepares to, and nobody is soon expected to: makes room, here and at the pager. */
  ignore(object: ObjectId, offset: number, domain: number): void {
    ignore(this.#m, { object, offset, domain });
    settle(this.#m);
  }

  /** Tells the other kernels, if they may have sleepers. With `one`: nobody was woken here. False: call again on `wakeupRoom`. */
  wakeup(object: ObjectId, offset: number, domain: number, one: boolean): boolean {
    const isTold = wakeup(this.#m, { object, offset, domain }, one);
    settle(this.#m);
    return isTold;
  }

  /** Answers `wokenElsewhere`. `woke`: one that was asleep. `sleeps`: it found somebody all the same, or others are there, or prepare. */
  wakeupDone(object: ObjectId, reqId: number, offset: number, domain: number, woke: boolean, sleeps: boolean): void {
    const place: SleepPlace = { object, offset, domain };
    wakeupDone(this.#m, place, reqId, woke, sleeps);
    settle(this.#m);
  }
}
