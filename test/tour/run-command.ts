import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export type Finished = { code: number | null; stdout: string; stderr: string };

/** The built command, running in a process of its own. */
export class RunningTour {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;

  constructor(args: readonly string[], wrapper: readonly string[] = []) {
    const [program = process.execPath, ...rest] = [...wrapper, process.execPath, MAIN, 'tour', ...args];
    this.child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.finished = this.#finish();
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the tour did not start');
    return this.child.pid;
  }

  async #finish(): Promise<Finished> {
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('the tour has no output');
    const [[code], out, err] = await Promise.all([once(this.child, 'exit'), text(stdout), text(stderr)]);
    return { code: code as number | null, stdout: out, stderr: err };
  }

  /** Resolves with the first of `pids` that has something under `directory` open. Linux. */
  async readerOf(directory: string, pids: () => number[]): Promise<number> {
    for (;;) {
      const reader = pids().find((pid) => openFiles(pid).some((file) => file.startsWith(`${directory}/`)));
      if (reader !== undefined) return reader;
      if (this.child.exitCode !== null) throw new Error('the tour ended before anyone was seen reading');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

export function runTour(args: readonly string[], wrapper: readonly string[] = []): Promise<Finished> {
  return new RunningTour(args, wrapper).finished;
}

function openFiles(pid: number): string[] {
  return readOrNothing(() => readdirSync(`/proc/${pid}/fd`)).flatMap((fd) =>
    readOrNothing(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)]),
  );
}

/** A process that is looked at may end at any moment; then there is nothing to see. */
function readOrNothing<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
