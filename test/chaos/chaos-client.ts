import { fileURLToPath } from 'node:url';
import { isRunning, Program } from '../support/processes.ts';
import { within } from '../support/until.ts';
import type { CallRecord } from './judge.ts';

const CLIENT = fileURLToPath(new URL('./fixtures/client.js', import.meta.url));

/** A client process, and what it has told of its calls. */
export class ChaosClient {
  readonly program: Program;
  readonly calls = new Map<string, CallRecord>();
  /** Calls whose outcome it has told. */
  ended = 0;
  readonly #reading: Promise<void>;
  #killed = false;
  /** It has said that all its calls are settled. */
  #done = false;

  constructor(socket: string, name: string) {
    this.program = new Program([CLIENT, socket, name]);
    this.#reading = this.#read();
  }

  /** The broker is gone: every call has to settle, and the process to end. Throws if it does not come to that in `ms`. */
  async settlesAll(ms: number): Promise<void> {
    if (!(await within(ms, () => this.#done || !isRunning(this.program.pid)))) {
      throw new Error(`a client still has calls that have not settled: ${JSON.stringify(this.unsettled.slice(0, 5))}`);
    }
    const { code, signal } = await this.gone();
    if (!this.#done || code !== 0) {
      throw new Error(`a client failed (${signal ?? `exit code ${code}`}): ${await this.program.stderr}`);
    }
  }

  async kill(): Promise<void> {
    this.#killed = true;
    this.program.kill('SIGKILL');
    await this.gone();
  }

  /** Settles when the process is gone and everything it told has been read. */
  async gone(): Promise<{ code: number | null; signal: string | null }> {
    await this.#reading;
    return this.program.exited;
  }

  get unsettled(): CallRecord[] {
    return [...this.calls.values()].filter(({ ended }) => ended === 0);
  }

  get records(): CallRecord[] {
    return [...this.calls.values()].map((call) => ({ ...call, clientKilled: this.#killed }));
  }

  async #read(): Promise<void> {
    for await (const line of this.program.lines()) {
      // A kill may cut the last line short.
      if (!line.endsWith('}')) continue;
      const told = JSON.parse(line) as {
        id?: string;
        routine?: string;
        outcome?: string;
        handled?: string;
        done?: number;
      };
      if (told.id === undefined) this.#done = true;
      else if (told.routine === undefined) this.#end(told.id, told.outcome, told.handled);
      else
        this.calls.set(told.id, {
          id: told.id,
          routine: told.routine,
          ended: 0,
          outcome: undefined,
          handled: undefined,
          clientKilled: false,
        });
    }
  }

  #end(id: string, outcome: string | undefined, handled: string | undefined): void {
    const call = this.calls.get(id);
    if (call === undefined) throw new Error(`${id} ended before it began`);
    Object.assign(call, { ended: call.ended + 1, outcome, handled });
    this.ended += 1;
  }
}
