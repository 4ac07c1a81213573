import { fileURLToPath } from 'node:url';
import type { FutexPolicy } from 'easync/pager';
import { CLI, Program } from '../../support/processes.ts';
import { descriptorsOf } from './ledger-broker.ts';

const PAGER = fileURLToPath(new URL('../fixtures/ledger-pager.js', import.meta.url));

export type PagerOptions = {
  path: string;
  size: number;
  life: number;
  seed: number;
  readAhead: number;
  futexes: FutexPolicy;
};

/** `easync run` of the pager (fixtures/ledger-pager.js), for all brokers. */
export class LedgerPager {
  readonly life: number;
  readonly program: Program;
  readonly #descriptors: number;

  private constructor(life: number, program: Program) {
    this.life = life;
    this.program = program;
    this.#descriptors = descriptorsOf(program.pid);
  }

  static async start(
    brokers: readonly string[],
    options: PagerOptions,
    env: Record<string, string>,
  ): Promise<LedgerPager> {
    const asked = brokers.flatMap((name) => ['--broker', name]);
    const args = ['run', PAGER, '--json', '--name', 'ledger-pager', ...asked, '--options', JSON.stringify(options)];
    const program = new Program([CLI, ...args], { env });
    await program.line();
    return new LedgerPager(options.life, program);
  }

  leftovers(): string[] {
    const descriptors = descriptorsOf(this.program.pid) - this.#descriptors;
    return descriptors === 0 ? [] : [`pager ${this.life}: ${descriptors} descriptors`];
  }

  async kill(): Promise<void> {
    this.program.kill('SIGKILL');
    await this.program.exited;
  }
}
