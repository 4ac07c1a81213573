import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Program } from '../../support/processes.ts';
import type { Access, TaskRecord } from './history.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/ledger-task.js', import.meta.url));

export type TaskOptions = {
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

/** A process that maps the ledger and uses it (fixtures/ledger-task.js), and what it has logged. */
export class LedgerTask {
  readonly options: TaskOptions;
  readonly program: Program;
  readonly #life: string;
  readonly #log: number;
  readonly #accesses = new Map<number, Access>();
  readonly #mapped = new Set<number>();
  #ended = 0;
  #cut = '';
  #killed = false;

  private constructor(options: TaskOptions, life: string, env: Record<string, string>) {
    this.options = options;
    this.#life = life;
    writeFileSync(options.path, '');
    this.#log = openSync(options.path, 'r');
    this.program = new Program([PROGRAM, JSON.stringify(options)], { env });
  }

  /** Answers when it is attached. `life`: which of its broker's. */
  static async start(options: TaskOptions, life: string, env: Record<string, string>): Promise<LedgerTask> {
    const task = new LedgerTask(options, life, env);
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

  get record(): TaskRecord {
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
        const access = JSON.parse(line) as Access;
        this.#accesses.set(access.op, access);
        if (access.end !== undefined) this.#ended += 1;
        if (access.kind === 'map' && access.code === 0 && access.life !== undefined) this.#mapped.add(access.life);
      }
    }
  }
}
