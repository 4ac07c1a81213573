import { fileURLToPath } from 'node:url';
import { bind, defineSubsystem, routine, type Stub, type System } from 'easync';
import { Program } from '../support/processes.ts';
import type { TraderStatus } from './fixtures/trader/trader.js';
import type { Phase } from './phases.ts';
import type { Told, TraderRecord } from './transfer-judge.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/trader/main.js', import.meta.url));

const Stage = defineSubsystem('stage', {
  begin: routine<{ name: string; seed: number }>(),
  phase: routine<{ name: Phase }>(),
  status: routine<void, TraderStatus>(),
  leave: routine(),
});

/** A trader's process (fixtures/trader/main.js), and what it has told in each act it took part in. */
export class TraderProcess {
  readonly label: string;
  readonly program: Program;
  /** Told so far, in all acts. */
  told = 0;
  readonly #acts: { name: string; killed: boolean; told: Told[] }[] = [];
  readonly #reading: Promise<void>;
  #stage: Stub<typeof Stage> | undefined;

  private constructor(label: string, program: Program) {
    this.label = label;
    this.program = program;
    this.#reading = this.#read();
  }

  static async start(system: System, socket: string, label: string, log: string): Promise<TraderProcess> {
    const program = new Program([PROGRAM, socket, label, log]);
    await program.line();
    const started = new TraderProcess(label, program);
    started.#stage = bind(Stage, (await system.names.lookUp({ name: label })).port);
    return started;
  }

  async begin(name: string, seed: number): Promise<void> {
    this.#acts.push({ name, killed: false, told: [] });
    await this.#live.begin({ name, seed });
  }

  async phase(name: Phase): Promise<void> {
    await this.#live.phase({ name });
  }

  async status(): Promise<TraderStatus> {
    return this.#live.status();
  }

  async kill(): Promise<void> {
    const act = this.#acts.at(-1);
    if (act !== undefined) act.killed = true;
    this.#stage?.[Symbol.dispose]();
    await this.program[Symbol.asyncDispose]();
    await this.#reading;
  }

  /** In good order. Answers how the process ended, and what it had to say about that. */
  async leave(): Promise<string> {
    await this.#live.leave();
    this.#stage?.[Symbol.dispose]();
    await this.#reading;
    const { code, signal } = await this.program.exited;
    return code === 0 ? await this.program.stderr : `${signal ?? `exit code ${code}`}: ${await this.program.stderr}`;
  }

  get records(): TraderRecord[] {
    return this.#acts;
  }

  get #live(): Stub<typeof Stage> {
    if (this.#stage !== undefined) return this.#stage;
    throw new Error(`${this.label} has not come to its stage`);
  }

  async #read(): Promise<void> {
    for await (const line of this.program.lines()) {
      // A kill may cut the last line short.
      if (!line.endsWith('}')) continue;
      this.#acts.at(-1)?.told.push(JSON.parse(line) as Told);
      this.told += 1;
    }
  }
}
