import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program of the tour in a process of its own, and what it says. It ends with this process; disposing it kills it. */
export class Child<Message> implements AsyncDisposable {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #messages: AsyncIterator<unknown[]>;

  /** `about`: what the program is to know. */
  constructor(module: URL, name: string, about: object, signal: AbortSignal) {
    this.#process = fork(fileURLToPath(module), [JSON.stringify(about)], { signal, killSignal: 'SIGKILL' });
    this.pid = this.#process.pid ?? 0;
    this.#name = name;
    // It is disconnected once all that it has said has been heard, however it ends.
    this.#messages = on(this.#process, 'message', { close: ['disconnect'] });
  }

  /** What it says next. Throws if it ends instead. */
  async hear(): Promise<Message> {
    const { value, done } = await this.#messages.next();
    if (done === true) throw new Error(`${this.#name} has ended`);
    return (value as unknown[])[0] as Message;
  }

  say(message: string): void {
    this.#process.send(message);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
