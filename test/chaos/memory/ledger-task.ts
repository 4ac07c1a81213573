import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Program } from '../../support/processes.ts';
import type { Logged, TaskRecord } from './history.ts';

export type TaskOptions = {
  /** In fixtures/. */
  program: string;
  task: number;
  broker: string;
  /** The how manieth task of its broker it is, of how many: that says which records it writes. */
  index: number;
  tasks: number;
  pages: number;
  seed: number;
  path: string;
  origin: string;
};

/** A process that maps the ledger and uses it, and what it has logged. */
export class LedgerTask<A extends Logged> {
  readonly options: TaskOptions;
  readonly program: Program;
  readonly #life: string;
  readonly #log: number;
  readonly #accesses = new Map<number, A>();
  readonly #mapped = new Set<number>();
  #ended = 0;
  #cut = '';
  #killed = false;

  private constructor(options: TaskOptions, life: string, env: Record<string, string>) {
    this.options = options;
    this.#life = life;
    writeFileSync(options.path, '');
    this.#log = openSync(options.path, 'r');
    const program = fileURLToPath(new URL(`../fixtures/${options.program}`, import.meta.url));
    this.program = new Program([program, JSON.stringify(options)], { env });
  }

  /** Answers when it is attached. `life`: which of its broker's. */
  static async start<A extends Logged>(
    options: TaskOptions,
    life: string,
    env: Record<string, string>,
  ): Promise<LedgerTask<A>> {
    const task = new LedgerTask<A>(options, life, env);
    await task.program.line();
    return task;
  }

  async kill(): Promise<void> {
    this.#killed = true;
    this.program.kill('SIGKILL');
    await this.program.exited;
  }

  /** How many accesses have ended. */
  get ended(): number {
    this.#read();
    return this.#ended;
  }

  hasMapped(life: number): boolean {
    this.#read();
    return this.#mapped.has(life);
  }

  get record(): TaskRecord<A> {
    this.#read();
    const { task } = this.options;
    return { task, broker: this.#life, killed: this.#killed, accesses: [...this.#accesses.values()] };
  }

  /** What it is in the middle of. */
  get doing(): string {
    const open = this.record.accesses.filter(({ end }) => end === undefined);
    return `task ${this.options.task} on ${this.#life}, after ${this.#ended} accesses: ${JSON.stringify(open)}`;
  }

  /** Its log is read no more. */
  close(): void {
    closeSync(this.#log);
  }

  /** What has been logged since the last time. */
  #read(): void {
    const chunk = Buffer.alloc(1 << 16);
    for (let bytes = readSync(this.#log, chunk); bytes > 0; bytes = readSync(this.#log, chunk)) {
      const lines = (this.#cut + chunk.toString('latin1', 0, bytes)).split('\n');
      this.#cut = lines.pop() ?? '';
      for (const line of lines) {
        const access = JSON.parse(line) as A;
        this.#accesses.set(access.op, access);
        if (access.end !== undefined) this.#ended += 1;
        if (access.kind === 'map' && access.code === 0 && access.life !== undefined) this.#mapped.add(access.life);
      }
    }
  }
}
