import { readdirSync } from 'node:fs';
import { boot, type System } from 'easync';
import { wakeup } from 'easync/sync';
import { CLI, Program } from '../../support/processes.ts';

/** One life of a broker, and a task of the test's own that looks into it. */
export class LedgerBroker implements AsyncDisposable {
  readonly name: string;
  readonly life: string;
  readonly program: Program;
  readonly #sys: System;
  readonly #descriptors: number;

  private constructor(name: string, life: string, program: Program, sys: System) {
    this.name = name;
    this.life = life;
    this.program = program;
    this.#sys = sys;
    this.#descriptors = descriptorsOf(program.pid);
  }

  static async start(name: string, life: string, { socket, env, cachePages }: BrokerOptions): Promise<LedgerBroker> {
    const program = new Program([CLI, 'broker', '--json', '--name', name, '--limit', `cachePages=${cachePages}`], {
      env,
    });
    await program.line();
    const sys = await boot({ socket, label: 'witness' });
    // The table of who sleeps is made for the first one, and stays.
    const port = sys.task.allocate({ label: 'ident' });
    await wakeup(port);
    port.destroy();
    return new LedgerBroker(name, life, program, sys);
  }

  /** How many of its tasks' waiters it has. */
  async sleepers(): Promise<number> {
    const { tasks } = await this.#host.ps();
    return tasks.reduce((sum, { sleepers }) => sum + sleepers, 0);
  }

  /** What it has that it had not when it started. */
  async leftovers(): Promise<string[]> {
    const [{ tasks }, { objects, resident, regions }] = [await this.#host.ps(), await this.#host.vm()];
    // A pager that waited for it may have been there when they were counted.
    const descriptors = Math.max(0, descriptorsOf(this.program.pid) - this.#descriptors);
    const left = { tasks: tasks.length - OWN_TASKS, objects: objects.length, resident, regions: regions.length };
    return Object.entries({ ...left, descriptors }).flatMap(([what, count]) =>
      count === 0 ? [] : [`${this.life}: ${count} ${what}`],
    );
  }

  get #host(): NonNullable<System['host']> {
    const { host } = this.#sys;
    if (host === null) throw new Error('a task that attaches by socket holds the host right');
    return host;
  }

  async kill(): Promise<void> {
    this.program.kill('SIGKILL');
    await this.program.exited;
    await this.#sys.dispose();
  }

  /** In good order. */
  async end(): Promise<void> {
    await this.#sys.dispose();
    this.program.kill('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.#sys.dispose();
  }
}

export type BrokerOptions = { socket: string; env: Record<string, string>; cachePages: number };

export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The broker's own, and the witness. */
const OWN_TASKS = 2;
