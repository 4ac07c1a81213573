import { type ErrorCode, IpcError, ProtocolError } from '../errors.ts';

export type Refusal = { at: number; pid: number; reason: string };

/** Who was cut off and why, latest last. A fault of the broker's own is reported as well: the peer cannot mend it. */
export class Refusals implements Iterable<Refusal> {
  readonly #now: () => number;
  readonly #report: (text: string) => void;
  readonly #kept: Refusal[] = [];

  constructor(now: () => number, report: (text: string) => void) {
    this.#now = now;
    this.#report = report;
  }

  /** Notes it, and answers what to tell the peer. */
  add(pid: number, error: unknown): { code: ErrorCode; reason: string } {
    const refusal = isPeersFault(error) ? { code: error.code, reason: error.message } : OUR_FAULT;
    if (refusal === OUR_FAULT) this.#report(`fault in the broker, process ${pid} was cut off: ${stackOf(error)}`);
    this.#kept.push({ at: this.#now(), pid, reason: refusal.reason });
    if (this.#kept.length > KEPT) this.#kept.shift();
    return refusal;
  }

  [Symbol.iterator](): Iterator<Refusal> {
    return this.#kept.values();
  }
}

const KEPT = 100;

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
