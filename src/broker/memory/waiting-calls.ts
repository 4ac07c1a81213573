import type { Code } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { TaskId } from '../../vm/types.ts';

/** What a call reads into, or writes from. */
export type CallBuffer = { buffer: Uint8Array; isWrite: boolean };

/** The futex that a call has got, and where its word is. */
export type Grant = { gen: number; word: number };

type Done = (code: Code, grant?: Grant) => void;
type Waiting = CallBuffer & { task: TaskId; done: Done; timer?: Disposable };

/** vm calls that wait for pages, by the machine's number for each. */
export class WaitingCalls {
  readonly #host: Host;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  /** `timeoutMs` 0: a pager has all the time it takes. */
  constructor(host: Host, timeoutMs: number) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  add(task: TaskId, io: CallBuffer, done: Done): number {
    const call = this.#next++;
    this.#waiting.set(call, { task, ...io, done });
    return call;
  }

  /** Undefined if nobody waits for it any more. */
  bufferOf(call: number): CallBuffer | undefined {
    return this.#waiting.get(call);
  }

  /** It waits for a pager from now on. */
  starts(call: number, expired: () => void): void {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined || waiting.timer !== undefined || this.#timeoutMs === 0) return;
    waiting.timer = this.#host.timer(this.#timeoutMs, expired);
  }

  end(call: number, code: Code, grant?: Grant): void {
    this.#take(call)?.done(code, grant);
  }

  /** The task whose memory they are about has gone. Others may have made them on its task port. */
  taskEnded(task: TaskId): void {
    for (const [call, waiting] of this.#waiting) if (waiting.task === task) this.end(call, 'KERN_INVALID_TASK');
  }

  #take(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    waiting?.timer?.[Symbol.dispose]();
    return waiting;
  }
}
