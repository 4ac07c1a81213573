import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type PeerOptions = {
  /** Without koffi. */ plain?: boolean;
  /** What it runs under: a tracer and its options. */ under?: readonly string[];
};

/** Another process that shares memory: what it can be asked is in fixtures/peer.js. Disposing it kills it. */
export class Peer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly exited: Promise<unknown>;

  constructor({ plain = false, under = [] }: PeerOptions = {}) {
    const env = plain ? { ...process.env, EASYNC_NATIVE: '0' } : process.env;
    const [tracer, ...options] = under;
    this.#child =
      tracer === undefined
        ? fork(PROGRAM, { env })
        : spawn(tracer, [...options, process.execPath, PROGRAM], { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    this.exited = once(this.#child, 'exit');
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the peer did not start');
    return this.#child.pid;
  }

  /** The value; or the code of the error it failed with. Rejects if it ends instead. */
  async ask(...request: readonly unknown[]): Promise<unknown> {
    const answer = once(this.#child, 'message') as Promise<[{ value?: unknown; code?: unknown }]>;
    const ended = this.exited.then((how) => {
      throw new Error(`the peer ended: ${String(how)}`);
    });
    this.#child.send(request);
    const [{ value, code }] = await Promise.race([answer, ended]);
    return code ?? value;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
  }
}

const PROGRAM = fileURLToPath(new URL('./fixtures/peer.js', import.meta.url));
