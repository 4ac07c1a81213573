import { IpcError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { onAbort } from '../msgport/index.ts';
import { whileAsleep } from '../task/index.ts';
import type { Patience } from './lockmgr-options.ts';
import { type Failed, failedBecause, type Failure } from './lockmgr-texts.ts';

/** What a request that waits can do to its lock. */
export type WaitOf = Failed & {
  /** For error texts. */
  readonly lock: string;
  /** It is not granted yet, and shall not be. */
  withdraw(): void;
  /** What it was granted is for the next. */
  giveBack(): void;
};

/** A request that waits, from when it is in the queue until its flow really goes on, which may be later than what it waited for. */
export class LockWait {
  readonly #of: WaitOf;
  readonly #over: Promise<void>;
  #end: () => void = () => undefined;
  #isGranted = false;
  #failure: { code: Failure; cause?: unknown } | null = null;

  constructor(of: WaitOf) {
    this.#of = of;
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  granted(): void {
    this.#isGranted = true;
    this.#end();
  }

  failed(code: Failure, cause?: unknown): void {
    this.#failure = { code, cause };
    this.#end();
  }

  /**
   * Timer and signal are heard from now on, and until the flow goes on.
   *
   * @throws IpcError ENOLCK, EWOULDBLOCK, EINTR, ERESTART
   */
  async sleep(host: Pick<Host, 'timer'>, { timeLimitMs, signals, restarts }: Patience): Promise<void> {
    const interrupt = ({ reason }: AbortSignal): void => this.giveUp('EINTR', reason);
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted === undefined) {
      const timer = timeLimitMs === Infinity ? null : host.timer(timeLimitMs, () => this.giveUp('EWOULDBLOCK'));
      const interrupts = signals.map((signal) => onAbort(signal, () => interrupt(signal)));
      await whileAsleep(this.#over);
      timer?.[Symbol.dispose]();
      for (const one of interrupts) one[Symbol.dispose]();
    } else interrupt(aborted);
    if (this.#failure !== null) throw this.#error(this.#failure, restarts);
  }

  /**
   * A grant that was first stays, if it is exclusive; a shared one goes back (lwkt.md §3.3). Timeout beats signal, and a signal
   * (the first) beats whatever else has ended the wait (§2.3).
   */
  giveUp(code: Failure, cause?: unknown): void {
    if (this.#isGranted) {
      if (this.#of.op !== 'shared') return;
      this.#isGranted = false;
      this.#of.giveBack();
    } else if (this.#failure === null) this.#of.withdraw();
    else if (code !== 'EWOULDBLOCK' && this.#failure.code !== 'ENOLCK') return;
    this.failed(code, cause);
  }

  /** Its owner is no more, and what it has is taken from it. */
  abandon(): void {
    if (!this.#isGranted && this.#failure === null) this.#of.withdraw();
    this.#isGranted = false;
    this.failed('EINTR');
  }

  /** `restarts` is the caller's, and what it throws his: it is asked where he hears of it. Who is abandoned has no cause. */
  #error({ code: why, cause }: { code: Failure; cause?: unknown }, restarts: Patience['restarts']): IpcError {
    const { op, lock } = this.#of;
    const code = why === 'EINTR' && cause !== undefined && restarts(cause) ? 'ERESTART' : why;
    const text = failedBecause(code, this.#of, code === 'EINTR' && cause === undefined);
    return new IpcError(code, `${op} of ${lock}: ${text}`, { op, object: lock, cause });
  }
}
