import { type ErrorCode, IpcError, ProtocolError } from '../errors.ts';
import type { DeadTask } from '../driver/index.ts';
import type { ChildExit } from '../host/host.ts';
import type { TaskId } from '../kernel/index.ts';

/** A peer as far as it is known: one that was refused before it had a task is task 0. */
export type Who = { task: TaskId; pid: number; threadId: number; label: string };

export type DeadTasksOptions = {
  now: () => number;
  /** How many are kept. */
  most: number;
  /** Gets what is the broker's own fault, for its operator. */
  report: (text: string) => void;
};

/** Tasks, and peers that never became one, that have ended otherwise than in good order, newest first: for `easync ps --dead`. */
export class DeadTasks implements Iterable<DeadTask> {
  readonly #options: DeadTasksOptions;
  readonly #kept: DeadTask[] = [];

  constructor(options: DeadTasksOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.length;
  }

  /** The broker cuts it off. Answers what to tell the peer; a fault of the broker's own it cannot mend, and is not told of. */
  cutOff(who: Who, error: unknown): { code: ErrorCode; reason: string } {
    const refusal = isPeersFault(error) ? { code: error.code, reason: error.message } : OUR_FAULT;
    if (refusal === OUR_FAULT)
      this.#options.report(`fault in the broker, process ${who.pid} was cut off: ${stackOf(error)}`);
    this.#add(who, refusal);
    return refusal;
  }

  /** Its link ended, and it had not said that it leaves. */
  lost(who: Who): void {
    this.#add(who, { code: null, reason: LOST });
  }

  /** A process that the broker had started is gone, and its link too: what is known of it takes the place of a guess. */
  exited(who: Who, { code, signal }: ChildExit, wasKilled: string | undefined): void {
    const reason =
      wasKilled ?? `its process ${signal === null ? `exited with code ${code}` : `was killed by ${signal}`}`;
    const known = this.#kept.filter(({ pid }) => pid === who.pid);
    for (const dead of known) if (dead.reason === LOST) dead.reason = reason;
    if (known.length === 0 && code !== 0) this.#add(who, { code: null, reason });
  }

  [Symbol.iterator](): Iterator<DeadTask> {
    return this.#kept.values();
  }

  #add({ task, pid, threadId, label }: Who, why: Pick<DeadTask, 'code' | 'reason'>): void {
    this.#kept.unshift({ at: this.#options.now(), task, pid, threadId, label, ...why });
    this.#kept.length = Math.min(this.#kept.length, this.#options.most);
  }
}

const LOST = 'its connection ended without a goodbye: it was killed, crashed, or ended without dispose()';

const OUR_FAULT = {
  code: 'KERN_FAILURE',
  reason: 'a fault in the broker, which has told its operator; only this connection is cut',
} as const;

function isPeersFault(error: unknown): error is IpcError {
  if (error instanceof ProtocolError) return true;
  return IpcError.is(error) && (error.code === 'EVERSION' || error.code === 'ELIMIT');
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
