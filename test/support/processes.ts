import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export type ProgramOptions = {
  env?: Record<string, string>;
  /** In a process group of its own, as a terminal starts it. */ group?: boolean;
  /** How many descriptors it may have. */ openFiles?: number;
};

/** A Node program in a process of its own. Disposing it kills it. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly stderr: Promise<string>;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly string[], { env = {}, group = false, openFiles }: ProgramOptions = {}) {
    const { EASYNC_SOCKET: _ours, ...inherited } = process.env;
    const limited = ['-c', `ulimit -n ${openFiles}; exec "$0" "$@"`, process.execPath, ...args];
    const [command, all] = openFiles === undefined ? [process.execPath, args] : ['sh', limited];
    this.child = spawn(command, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited, ...env },
      detached: group,
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('a program has its output piped');
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
    this.stderr = text(stderr);
    this.exited = once(this.child, 'exit').then(([code, signal]: (number | string | null)[]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program did not start');
    return this.child.pid;
  }

  /** The next line it prints. Throws if it ends instead. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the program ended: ${await this.stderr}`);
    return value;
  }

  /** Everything it still prints, as it comes. */
  async *lines(): AsyncGenerator<string, void, void> {
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next()) yield next.value;
  }

  /** Everything it still prints, once it has ended. */
  async rest(): Promise<string[]> {
    const all: string[] = [];
    for await (const line of this.lines()) all.push(line);
    return all;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill();
    await this.exited;
  }
}

/** Every process that has come of this one and still has a living chain of parents to it. Linux. */
export function descendants(pid: number): number[] {
  const children = readOrNothing(() => readdirSync(`/proc/${pid}/task`)).flatMap((thread) =>
    readOrNothing(() =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    ),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Whether a process exists and is more than a zombie somebody else has to reap. */
export function isRunning(pid: number): boolean {
  const [status] = readOrNothing(() => [readFileSync(`/proc/${pid}/stat`, 'utf8')]);
  return status !== undefined && !/\) [ZX]/.test(status);
}

/** A process that is looked at may end at any moment; then there is nothing to see. */
function readOrNothing<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
