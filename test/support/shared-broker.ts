import type { Limits } from 'easync';
import { CLI, Program } from './processes.ts';
import { Scratch } from './scratch.ts';

/** `easync broker` in a process of its own, at a socket of this test's own. */
export class SharedBroker implements AsyncDisposable {
  readonly program: Program;
  readonly scratch: Scratch;
  readonly socket: string;

  private constructor(program: Program, scratch: Scratch, socket: string) {
    this.program = program;
    this.scratch = scratch;
    this.socket = socket;
  }

  static async start(
    limits: Partial<Limits> = {},
    env: Record<string, string> = {},
    openFiles?: number,
  ): Promise<SharedBroker> {
    const scratch = await Scratch.make();
    const socket = scratch.join('broker.sock');
    const program = new Program(
      [
        CLI,
        ...['broker', '--json', '--socket', socket],
        ...Object.entries(limits).flatMap(([name, value]) => ['--limit', `${name}=${value}`]),
      ],
      { env, ...(openFiles === undefined ? {} : { openFiles }) },
    );
    await program.line();
    return new SharedBroker(program, scratch, socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.scratch[Symbol.asyncDispose]();
  }
}
