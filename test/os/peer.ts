import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type PeerOptions = {
  /** Without koffi. */ plain?: boolean;
  /** What it runs; it answers one request after the other. */ program?: string;
  env?: Record<string, string>;
  /** What it runs under: a tracer and its options. */ under?: readonly string[];
};

/** Another process that shares memory: what it can be asked is in its program. Disposing it kills it. */
export class Peer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly exited: Promise<unknown>;

  constructor({ plain = false, program = PROGRAM, env: more = {}, under = [] }: PeerOptions = {}) {
    const env = { ...process.env, ...(plain ? { EASYNC_NATIVE: '0' } : {}), ...more };
    const [tracer, ...options] = under;
    this.#child =
      tracer === undefined
        ? fork(program, { env })
        : spawn(tracer, [...options, process.execPath, program], { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
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
