import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { boot, type System } from 'easync';

/** Named brokers of the tour's own, in a directory of its own. Each ends when its last task has left. */
export class Brokers implements AsyncDisposable {
  readonly names: string[] = [];
  readonly #systems: System[] = [];
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async start(names: readonly string[]): Promise<Brokers> {
    const brokers = new Brokers(await mkdtemp(join(tmpdir(), 'easync-tour-')));
    // Whoever this process starts finds them there, too.
    process.env['XDG_RUNTIME_DIR'] = brokers.#directory;
    try {
      for (const name of names) {
        brokers.#systems.push(await boot({ broker: name, label: 'tour' }));
        brokers.names.push(name);
      }
      return brokers;
    } catch (error) {
      await brokers[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** This process as a task of the first of them. */
  get first(): System {
    const [first] = this.#systems;
    if (first === undefined) throw new Error('there is no broker');
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const system of this.#systems) await system.dispose();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
