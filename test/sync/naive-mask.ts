import { newSleeper, SLEEPER_ROWS, type Sleeper, SleepQueues } from '../../src/sleep/index.ts';

/** A wakeup that one processor sends to another. */
export type Ipi = { ident: string };

/** How a sleeper announces itself: the first design of seed 003 sets a bit, what was built enqueues. */
export type Interlock = 'sets its bit' | 'enqueues';

/**
 * Processors as the first design of seed 003 needs them (lwkt.md §2.2, §2.7). Each has a sleep queue of its own, a bit in the mask of each
 * ident, and a FIFO of wakeups that came from others. A critical section holds back what is in that FIFO; but who has to send one, and finds
 * the other's FIFO full, handles its own meanwhile, critical section or not: else two of them would wait for each other for ever.
 *
 * Plain data and shipped queues: `clone` is what an explorer needs.
 */
export class Processors {
  readonly interlock: Interlock;
  /** How many wakeups fit into the FIFO of one. */
  readonly room: number;
  readonly all: Processor[];

  constructor(interlock: Interlock, count: number, room: number) {
    this.interlock = interlock;
    this.room = room;
    this.all = Array.from({ length: count }, newProcessor);
  }

  /** The thread of this processor, in its critical section: a wakeup by another is sent here from now on. */
  prepare(at: number, ident: string): void {
    const here = this.at(at);
    here.mask = [...new Set([...here.mask, ident])];
    if (this.interlock === 'sets its bit') return;
    here.queue.prepare('thread', ident, 0);
    SLEEPER_ROWS.prepare(here.thread);
    SLEEPER_ROWS.entered(here.thread);
  }

  /** It goes to sleep. Answers whether it really did. */
  sleep(at: number, ident: string): boolean {
    const here = this.at(at);
    if (this.interlock === 'sets its bit') {
      here.queue.prepare('thread', ident, 0);
      SLEEPER_ROWS.prepare(here.thread);
      SLEEPER_ROWS.entered(here.thread);
    }
    if (SLEEPER_ROWS.sleep(here.thread, false) !== 'asleep') return false;
    here.queue.asleep('thread');
    return true;
  }

  /** One turn of sending a wakeup to another processor. False: its FIFO is full, this has handled its own, and has to come again. */
  send(from: number, to: number, ident: string): boolean {
    const there = this.at(to);
    if (!there.mask.includes(ident)) return true;
    if (there.fifo.length >= this.room) {
      this.drain(from);
      return false;
    }
    there.fifo.push({ ident });
    return true;
  }

  /** Handles what others have sent. Outside of its critical section a processor does so whenever it likes. */
  drain(at: number): void {
    const here = this.at(at);
    for (const { ident } of here.fifo.splice(0)) {
      for (const _thread of here.queue.wakeup(ident, 0)) SLEEPER_ROWS.wakeup(here.thread);
    }
  }

  at(number: number): Processor {
    const processor = this.all[number];
    if (processor === undefined) throw new RangeError(`there is no processor ${number}`);
    return processor;
  }
}

export type Processor = {
  mask: string[];
  fifo: Ipi[];
  queue: SleepQueues<string, 'thread'>;
  /** The one thread that sleeps here. */
  thread: Sleeper;
};

function newProcessor(): Processor {
  return { mask: [], fifo: [], queue: new SleepQueues(), thread: newSleeper() };
}
