import type { SleepQueue } from '../sleep/index.ts';
import { beforeSleep } from '../task/index.ts';
import type { Ident } from './ident.ts';

/** Of this thread. What is parked is fired in the order in which it came, each ident once (lwkt.md §5). */
const sections = new Set<DelayedWakeups>();
const parked = new Map<Ident, SleepQueue>();

/**
 * wakeup_start_delayed (lwkt.md §2.4): until its answer is disposed, each plain `wakeup` of this thread is put off, so that several of one
 * ident become one. The end of the last open section fires them. So does anybody that really sleeps in this thread, which ends every
 * section: it might sleep on what is withheld.
 */
export function delayWakeups(): DelayedWakeups {
  return new DelayedWakeups();
}

/** What ends the delay (wakeup_end_delayed). If it is over already, nothing is done. */
export class DelayedWakeups implements Disposable, AsyncDisposable {
  constructor() {
    sections.add(this);
    beforeSleep.add(endDelayedWakeups);
  }

  [Symbol.dispose](): void {
    forget(this.#end());
  }

  /** Settles once everybody has been told. Rejects as those wakeups do: the first reason there is. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#end());
  }

  #end(): Promise<void>[] {
    return sections.delete(this) && sections.size === 0 ? fire() : [];
  }
}

/** False: wakeups are not delayed. The queue is kept, too: the ident may be a right, or of a region, that is gone before the end. */
export function park(ident: Ident, queue: SleepQueue): boolean {
  if (sections.size === 0) return false;
  if (parked.has(ident)) return true;
  queue.keep?.();
  parked.set(ident, queue);
  return true;
}

/** Somebody of this thread is about to sleep, or to wait for a lock: its holder may wait for one of them. */
export function endDelayedWakeups(): void {
  if (sections.size === 0) return;
  sections.clear();
  forget(fire());
}

function fire(): Promise<void>[] {
  const queues = [...parked.values()];
  parked.clear();
  return queues.map((queue) => queue.wakeup(0, false)).filter((told) => told instanceof Promise);
}

/** Who has said `wakeup` has gone on. Where a wakeup cannot be told any more nobody sleeps: all have been woken by what ended. */
function forget(told: readonly Promise<void>[]): void {
  for (const one of told) one.catch(() => undefined);
}
