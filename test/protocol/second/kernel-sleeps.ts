import { type Reader, Writer } from './bytes.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Say } from './keeper.ts';
import { XP } from './xp.ts';

/** Who has prepared, or sleeps: `woken` settles when a wakeup takes it out. */
export type SleepingTask = { readonly woken: Promise<void>; isAsleep: boolean };
type Place = {
  /** A message about it, by the number of what it asks or answers. */
  readonly at: (reqId: number) => Writer;
  readonly queue: (SleepingTask & { wake: () => void })[];
  /** That wakeups reach this kernel: asked for, and settled when it is so. */
  heard: { reqId: number; settled: Deferred<void>; isSettled: boolean } | undefined;
  /** Others have sleepers here. */
  isElsewhere: boolean;
};

/** The tasks of a kernel that sleep in one object, by offset and domain. */
export class KernelSleeps {
  /** Wakeups that other kernels had to hear of. */
  told = 0;
  /** Of every answer to `interest`: for tests to look at. */
  readonly codes: string[] = [];
  readonly #say: Say;
  readonly #places = new Map<string, Place>();
  #lastRequest = 0;

  constructor(say: Say) {
    this.#say = say;
  }

  /** Settles when no wakeup can pass by. */
  async prepare(offset: number, isAsleep = false, domain = 0): Promise<SleepingTask> {
    const place = this.#place(offset, domain);
    const woken = deferred<void>();
    const task = { woken: woken.promise, isAsleep, wake: woken.resolve };
    place.queue.push(task);
    if (place.heard === undefined) {
      place.heard = { reqId: ++this.#lastRequest, settled: deferred<void>(), isSettled: false };
      this.#say(XP.interest, place.at(place.heard.reqId));
    }
    await place.heard.settled.promise;
    return task;
  }

  /** After the store. */
  wakeup(offset: number, one = false, domain = 0): void {
    const place = this.#place(offset, domain);
    const { slept } = wakeHere(place, one);
    if (!place.isElsewhere || (one && slept)) return;
    this.told += 1;
    this.#say(XP.wakeup, new Writer().u64(offset).u32(domain).bool(one));
  }

  isElsewhere(offset: number, domain = 0): boolean {
    return this.#place(offset, domain).isElsewhere;
  }

  /** Whether the message was about sleepers. */
  arrived(routine: number, fields: Reader): boolean {
    if (![XP.interest_completed, XP.interest_elsewhere, XP.woken].includes(routine)) return false;
    const reqId = fields.u64();
    const place = this.#place(fields.u64(), fields.u32());
    if (routine === XP.interest_completed) {
      const code = fields.code();
      this.codes.push(code);
      completed(place, reqId, code);
    } else if (routine === XP.interest_elsewhere) {
      place.isElsewhere = fields.bool();
      this.#say(XP.interest_noted, place.at(reqId));
    } else this.#woken(place, reqId, fields.bool());
    return true;
  }

  /** The pager is gone, or the object: all who sleep look for themselves. */
  fail(): void {
    for (const place of this.#places.values()) {
      place.heard?.settled.reject(new Error('KERN_MEMORY_ERROR'));
      place.heard?.settled.promise.catch(() => {});
      place.isElsewhere = false;
      wakeHere(place, false);
    }
  }

  #woken(place: Place, reqId: number, one: boolean): void {
    const { slept, found } = wakeHere(place, one);
    const sleeps = found || place.queue.length > 0 || place.heard?.isSettled === false;
    if (!sleeps) place.heard = undefined;
    this.#say(XP.woken_completed, place.at(reqId).bool(slept).bool(sleeps));
  }

  #place(offset: number, domain: number): Place {
    const key = `${offset} ${domain}`;
    const at = (reqId: number): Writer => new Writer().u64(reqId).u64(offset).u32(domain);
    const place = this.#places.get(key) ?? { at, queue: [], heard: undefined, isElsewhere: false };
    this.#places.set(key, place);
    return place;
  }
}

function completed({ heard, queue }: Place, reqId: number, code: string): void {
  if (heard?.reqId !== reqId) return;
  if (code !== '') queue.length = 0;
  heard.isSettled = true;
  if (code === '') heard.settled.resolve();
  else heard.settled.reject(new Error(code));
}

/** Wakes all; or the first that sleeps, and those before it, which may decide not to. */
function wakeHere({ queue }: Place, one: boolean): { slept: boolean; found: boolean } {
  const first = queue.findIndex(({ isAsleep }) => isAsleep);
  const woken = queue.splice(0, one && first >= 0 ? first + 1 : queue.length);
  for (const { wake } of woken) wake();
  return { slept: woken.some(({ isAsleep }) => isAsleep), found: woken.length > 0 };
}
