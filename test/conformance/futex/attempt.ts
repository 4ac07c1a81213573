import type { Code, ErrorCode, Futex, FutexGuard, FutexOptions } from 'easync';
import { IpcError } from 'easync';

export type Outcome = 'waits' | 'has it' | 'has it, owner died' | 'null' | ErrorCode;

/** One lock or try that has been asked for. What became of it so far can be looked at, and it need not be awaited. */
export class Attempt {
  outcome: Outcome = 'waits';
  readonly settled: Promise<Outcome>;
  #guard: FutexGuard | null = null;

  constructor(asked: FutexGuard | null | Promise<FutexGuard | null>) {
    this.settled = this.#follow(asked);
  }

  static lock(futex: Futex, options?: FutexOptions): Attempt {
    return new Attempt(futex.lock(options));
  }

  static try(futex: Futex): Attempt {
    return new Attempt(futex.tryLock());
  }

  get guard(): FutexGuard {
    if (this.#guard === null) throw new Error(`it has no guard: ${this.outcome}`);
    return this.#guard;
  }

  get gen(): number {
    return Number(this.guard.gen);
  }

  async #follow(asked: FutexGuard | null | Promise<FutexGuard | null>): Promise<Outcome> {
    try {
      const guard = await asked;
      this.#guard = guard;
      this.outcome = guard === null ? 'null' : guard.ownerDied ? 'has it, owner died' : 'has it';
    } catch (error) {
      if (!(error instanceof IpcError)) throw error;
      this.outcome = error.code;
    }
    return this.outcome;
  }
}

/** A call by number that need not be awaited. */
export class Called {
  outcome: Code | 'waits' = 'waits';
  readonly settled: Promise<Code>;

  constructor(call: Promise<{ code: Code }>) {
    this.settled = call.then(({ code }) => (this.outcome = code));
  }
}

/** The code that a call fails with; null: it did not. */
export async function codeOf(call: unknown): Promise<ErrorCode | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof IpcError) return error.code;
    throw error;
  }
}
