import { type Code, type ErrorCode, IpcError } from '../errors.ts';
import type { Name, Result } from '../kernel/index.ts';

/** Ports that a task was asked to stop taking from (see `Broker.drain`), until it has answered. */
export class Drains {
  readonly #label: string;
  readonly #asked = new Map<Name, { settle: (next: number) => void; fail: (error: IpcError) => void }>();

  /** `label`: the task's. */
  constructor(label: string) {
    this.#label = label;
  }

  /** `code`: what the kernel says to that. Settles with the task's answer. */
  asked(name: Name, code: Code): Promise<number> {
    if (code !== 0) return Promise.reject(this.#undrained(name, code, 'it is not served, or being drained already'));
    return new Promise((settle, fail) => this.#asked.set(name, { settle, fail }));
  }

  /** The task has answered, and the kernel has said this to it. */
  answered(name: Name, { code, value = 0 }: Result): void {
    const drain = this.#asked.get(name);
    this.#asked.delete(name);
    if (code === 0) drain?.settle(value);
    else drain?.fail(this.#undrained(name, 'KERN_FAILURE', `the task's answer was refused with ${code}`));
  }

  /** The task has gone. */
  ended(): void {
    for (const [name, { fail }] of this.#asked) fail(this.#undrained(name, 'KERN_INVALID_TASK', 'the task has gone'));
    this.#asked.clear();
  }

  #undrained(name: Name, code: ErrorCode, why: string): IpcError {
    const object = `port ${name} of ${this.#label}`;
    return new IpcError(code, `${object} was not drained: ${why}`, { op: 'drain', object });
  }
}
