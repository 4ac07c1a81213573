import { InvariantError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import { onAbort } from '../msgport/index.ts';
import { newSleeper, type Outcome, type SleepQueue, SLEEPER_ROWS, type Slot } from '../sleep/index.ts';
import { deferred, whileAsleep } from '../task/index.ts';
import { endDelayedWakeups } from './delayed.ts';
import type { Answer, Ident } from './ident.ts';
import { queueOf } from './queue-of.ts';
import {
  checkSleep,
  type DomainOptions,
  domainOf,
  interrupted,
  type SleepOptions,
  type SleepResult,
} from './sleep-options.ts';

type Clock = Pick<Host, 'timer'>;
const REAL_CLOCK: Clock = realHost();

/**
 * What a thread is to sleep and wakeup elsewhere: whoever sleeps has one, with one interlock slot (lwkt.md §2.2). The order that loses no
 * wakeup (§2.6): hold the lock, look whether there is anything to wait for, `prepare`, let go of the lock, `sleep`; and look again.
 */
export class Waiter implements Disposable {
  readonly #clock: Clock;
  readonly #sleeper = newSleeper();
  /** Counts what was put into the slot: who answers late means what is no longer there. */
  #turn = 0;
  #slot: Slot | null = null;
  #goOn: () => void = () => undefined;

  constructor(clock: Clock = REAL_CLOCK) {
    this.#clock = clock;
  }

  /**
   * From now on no wakeup of the ident is missed (tsleep_interlock, §2.2): it is in the queue already, at its end. What was prepared
   * before, on this or another ident, is void. A left-over one does no harm, and is gone with the next, `remove`, or a wakeup.
   *
   * A promise where somebody else has to say that it is in the queue: wait for it before you let go of the lock.
   *
   * @throws InvariantError: it sleeps, or there is no ident. IpcError EINVAL. A promise rejects if the ident is dead, or its broker
   */
  prepare<I extends Ident>(ident: I, options?: DomainOptions): Answer<I, this>;
  prepare(ident: Ident, options?: DomainOptions): this | Promise<this> {
    const domain = domainOf('prepare', options);
    return this.enter(queueOf('prepare', ident), domain);
  }

  /** @internal `isAsleep`: `sleep` comes next, with nothing in between. */
  enter(queue: SleepQueue, domain: number, isAsleep = false): this | Promise<this> {
    if (this.#sleeper.is !== 'awake') throw sleeps('prepare');
    this.remove();
    const turn = this.#turn;
    const woken = (): void => {
      if (turn === this.#turn) this.#runs(SLEEPER_ROWS.wakeup(this.#sleeper));
    };
    const slot = queue.enter(domain, woken, isAsleep);
    SLEEPER_ROWS.prepare(this.#sleeper);
    return slot instanceof Promise ? this.#acknowledged(slot, turn) : this.#entered(slot);
  }

  /**
   * Sleeps until a wakeup, or goes on at once if one has come since `prepare`. Delayed wakeups of this thread are over before it really
   * sleeps (§2.4). How it went is the result: nothing of that rejects.
   *
   * Rejects with InvariantError if nothing is prepared, not yet, or it sleeps already; IpcError EINVAL
   */
  async sleep(options: SleepOptions = {}): Promise<SleepResult> {
    const sleeper = this.#sleeper;
    const timeoutMs = checkSleep(options);
    if (sleeper.is !== 'awake') throw sleeps('sleep');
    if (sleeper.slot === 'empty') throw unprepared('nothing is prepared: prepare it first, each time');
    const isInterrupted = isAborted(options);
    if (sleeper.slot === 'entering' && !isInterrupted) {
      throw unprepared('what is prepared is not in its queue yet: await `prepare`');
    }
    // These may be what it is about to sleep on.
    if (sleeper.slot === 'prepared' && !isInterrupted) endDelayedWakeups();
    const early = SLEEPER_ROWS.sleep(sleeper, isInterrupted);
    if (early !== 'asleep') return resultOf(early, options);
    await this.#asleep(timeoutMs, options.signal);
    this.#clear();
    return resultOf(SLEEPER_ROWS.goOn(sleeper, isAborted(options)), options);
  }

  /** Is in no queue any more (tsleep_remove). Wakes it, should it sleep. Without anything prepared it does nothing. */
  remove(): void {
    this.#clear();
    this.#runs(SLEEPER_ROWS.remove(this.#sleeper));
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  async #acknowledged(entering: Promise<Slot>, turn: number): Promise<this> {
    let slot: Slot;
    try {
      slot = await entering;
    } catch (error) {
      if (turn === this.#turn) this.remove();
      throw error;
    }
    if (turn === this.#turn) return this.#entered(slot);
    slot.remove();
    return this;
  }

  #entered(slot: Slot): this {
    this.#slot = slot;
    SLEEPER_ROWS.entered(this.#sleeper);
    return this;
  }

  /** The timer and the signal are heard until it really goes on, which may be later than the wakeup (§2.3). */
  async #asleep(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const sleeper = this.#sleeper;
    const { promise, resolve } = deferred();
    this.#goOn = resolve;
    this.#slot?.asleep();
    const tooLate = (): void => this.#leaves(SLEEPER_ROWS.timeout(sleeper));
    const interrupt = (): void => this.#leaves(SLEEPER_ROWS.interrupt(sleeper));
    const timer = timeoutMs > 0 ? this.#clock.timer(timeoutMs, tooLate) : null;
    // No `using`: what it is compiled to takes half as long as all the rest.
    const interrupts = onAbort(signal, interrupt);
    try {
      await whileAsleep(promise);
    } finally {
      timer?.[Symbol.dispose]();
      interrupts[Symbol.dispose]();
    }
  }

  /** Out of the queue at once: a wakeup of one from now on is for somebody else. */
  #leaves(goesOn: boolean): void {
    this.#slot?.remove();
    this.#runs(goesOn);
  }

  /** Out of its queue, and a wakeup that is on its way already means nothing any more. */
  #clear(): void {
    this.#turn += 1;
    this.#slot?.remove();
    this.#slot = null;
  }

  #runs(goesOn: boolean): void {
    if (goesOn) this.#goOn();
  }
}

function isAborted({ signal }: SleepOptions): boolean {
  return signal?.aborted === true;
}

function resultOf(outcome: Outcome, options: SleepOptions): SleepResult {
  if (outcome === 'woken') return { code: 0 };
  return outcome === 'timedOut' ? { code: 'EWOULDBLOCK' } : interrupted(options);
}

function sleeps(op: string): InvariantError {
  return new InvariantError(`${op}: this waiter sleeps: whoever does something meanwhile needs a waiter of its own`, {
    op,
  });
}

function unprepared(why: string): InvariantError {
  return new InvariantError(`sleep: ${why}`, { op: 'sleep' });
}
