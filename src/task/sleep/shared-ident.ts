import { type ErrorCode, IpcError } from '../../errors.ts';
import type { Name } from '../../kernel/types.ts';
import type { SleepQueue, Slot } from '../../sleep/index.ts';
import type { Task } from '../task.ts';

type Known = { ident: number; word: number };
type Op = 'prepare' | 'wakeup';

/**
 * Something to sleep on that tasks share: a port, or a word of a memory object; the same for all who have it. Its sleepers wait at the
 * broker, and those of other brokers at theirs.
 */
export class SharedIdent implements SleepQueue, Disposable {
  readonly task: Task;
  /** For error texts. */
  readonly label: string;
  readonly #where: () => { name: Name; address: number };
  #known: Known | null = null;
  #opening: Promise<Known | ErrorCode> | null = null;

  /** @internal */
  constructor(task: Task, label: string, where: () => { name: Name; address: number }) {
    this.task = task;
    this.label = label;
    this.#where = where;
  }

  /**
   * Settles when no wakeup can pass by the sleeper, whoever calls it (lwkt.md §2.6).
   *
   * @throws IpcError MACH_SEND_INVALID_DEST (the port is dead), ERELEASED, KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE,
   *   KERN_MEMORY_ERROR (the object's pager has gone), KERN_RESOURCE_SHORTAGE, EBROKERDIED, KERN_INVALID_TASK
   */
  async enter(domain: number, woken: () => void, isAsleep = false): Promise<Slot> {
    const { task } = this;
    const { ident } = this.#known ?? (await this.#open('prepare'));
    const { sleep, calls } = task;
    const sleeper = sleep.add(this, woken);
    const { code } = await calls.ask('sleep_prepare', { ident, sleeper, domain, asleep: isAsleep });
    if (code !== 0) {
      sleep.delete(sleeper);
      throw this.#failed('prepare', code);
    }
    const isThere = (): boolean => sleep.has(sleeper) && !task.isClosed;
    return {
      asleep: () => {
        if (!isAsleep && isThere()) calls.post('sleep_asleep', { sleeper });
      },
      remove: () => {
        if (isThere()) calls.post('sleep_remove', { sleeper });
        sleep.delete(sleeper);
      },
    };
  }

  /** The broker knows it from now on, though its right be released or its region unmapped. What fails, the use will say. */
  keep(): void {
    if (this.#known === null) this.#open('wakeup').catch(() => undefined);
  }

  /**
   * Asks nobody if nobody sleeps there: one load (DESIGN 5.9). Of a broker that is gone, nobody is left to wake.
   *
   * Rejects as `enter` does, but not for what has ended, a port or the broker: whoever slept there was woken then. A waker that does not
   * wait for it is not ended by a rejection.
   */
  wakeup(domain: number, one: boolean): void | Promise<void> {
    if (this.task.isClosed) return undefined;
    const known = this.#known;
    const told = known === null ? this.#openToWake(domain, one) : this.#wakeup(known, domain, one);
    if (told instanceof Promise) told.catch((error: unknown) => this.#lost(error));
    return told;
  }

  /** Gives up the broker's number for it. What this task has asleep there is woken. The next use opens it again. */
  [Symbol.dispose](): void {
    if (this.#known !== null) this.task.sleep.closed(this, this.#known.ident);
    this.#known = null;
  }

  async #openToWake(domain: number, one: boolean): Promise<void> {
    try {
      await this.#wakeup(await this.#open('wakeup'), domain, one);
    } catch (error) {
      if (!this.task.isClosed) unlessOver(error);
    }
  }

  #wakeup({ ident, word }: Known, domain: number, one: boolean): void | Promise<void> {
    const { sleep, calls } = this.task;
    if (sleep.words.isQuiet(word)) return undefined;
    return calls.ask('sleep_wakeup', { ident, domain, one }).then(({ code }) => {
      if (code !== 0 && !IS_OVER.has(code)) throw this.#failed('wakeup', code);
    });
  }

  /** Perhaps nobody hears of it otherwise. */
  #lost(error: unknown): void {
    const isLost = IpcError.is(error) && error.code === 'KERN_RESOURCE_SHORTAGE';
    if (isLost) this.task.warn(`a wakeup was lost: ${error.message}`);
  }

  async #open(op: Op): Promise<Known> {
    // It is asked for once, whoever comes meanwhile; each is told of its own call.
    const opened = await (this.#opening ??= this.#ask().finally(() => (this.#opening = null)));
    if (typeof opened === 'string') throw this.#failed(op, opened);
    return opened;
  }

  async #ask(): Promise<Known | ErrorCode> {
    const { code, pid, fd, ident, word } = await this.task.calls.ask('sleep_ident', this.#where());
    if (code !== 0) return code;
    this.task.sleep.words.open({ pid, fd });
    this.task.sleep.opened(this, ident);
    return (this.#known = { ident, word });
  }

  #failed(op: Op, code: ErrorCode): IpcError {
    const what = op === 'wakeup' ? 'nobody was woken who sleeps on' : 'one cannot sleep on';
    return new IpcError(code, `${op}: ${what} ${this.label}: ${WHY[code] ?? code}`, { op, object: this.label });
  }
}

/** The task has left its broker, or the port has died: whoever slept was woken then. */
const IS_OVER: ReadonlySet<ErrorCode> = new Set(['EBROKERDIED', 'KERN_INVALID_TASK', 'MACH_SEND_INVALID_DEST']);

function unlessOver(error: unknown): void {
  if (!IpcError.is(error) || !IS_OVER.has(error.code)) throw error;
}

const WHY: Partial<Record<ErrorCode, string>> = {
  KERN_INVALID_ARGUMENT: 'it was disposed meanwhile',
  MACH_SEND_INVALID_DEST: 'the port is dead',
  KERN_INVALID_ADDRESS: 'this task maps nothing there that it may read; map it first',
  KERN_PROTECTION_FAILURE: 'this task may not read there; protect it otherwise',
  KERN_MEMORY_ERROR: 'the pager of the object has failed, or has gone',
  KERN_RESOURCE_SHORTAGE:
    'this task has `idents` or `sleepers` already (see limits), or as many calls that wait for a pager; remove some',
  EBROKERDIED: 'the broker has gone; attach again',
  KERN_INVALID_TASK: 'this task has no broker any more; attach again',
};
