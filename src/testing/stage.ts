import type { System } from '../boot/system.ts';
import type { Routines, Stub, Subsystem } from '../driver/index.ts';
import { IpcError } from '../errors.ts';
import { AfterReplies } from '../task/index.ts';
import { leakCheck } from './leak-check.ts';
import { type Row, startWorld } from './rows.ts';
import type { World } from './worlds.ts';

export type DriverUnderTest<R extends Routines> = {
  subsystem: Subsystem<R>;
  /** As `open` takes it; best a URL. A thread or process loads it as Node does, so it is JavaScript, or `execArgv` names a loader. */
  module: string | URL;
  /** Default for `open`'s. */
  options?: unknown;
  /** Stands in the titles. Default: the subsystem's name. */
  name?: string;
  cwd?: string;
  execArgv?: readonly string[];
};

/** A world for the tests of one row, as long as none of them leaves anything behind in it. */
export class Stage {
  readonly #row: Row;
  readonly #patienceMs: number;
  #world: World | undefined;
  #leftovers: (() => Promise<string[]>) | undefined;
  readonly #opened: Disposable[] = [];

  constructor(row: Row, patienceMs: number) {
    this.#row = row;
    this.#patienceMs = patienceMs;
  }

  get system(): System {
    return this.#inTest('system').system;
  }

  async enter(): Promise<void> {
    if (this.#leftovers !== undefined) {
      throw new IpcError(
        'EINVAL',
        'placements: tests run one after the other here; what a concurrent one leaves behind is nobody’s',
      );
    }
    this.#world ??= await startWorld(this.#row);
    for (const { task } of this.#world.systems) task.afterReplies = new AfterReplies();
    this.#leftovers = await leakCheck(this.#world, this.#patienceMs);
  }

  async open<R extends Routines>(driver: DriverUnderTest<R>, given: unknown): Promise<Stub<Subsystem<R>>> {
    const { subsystem, module, cwd, execArgv } = driver;
    const options = {
      options: given ?? driver.options,
      ...(cwd !== undefined && { cwd }),
      ...(execArgv !== undefined && { execArgv }),
    };
    const { stub, others } = await this.#inTest('open').open({ subsystem, module, options });
    this.#opened.push(stub, ...others);
    return stub;
  }

  async leave(): Promise<void> {
    const [world, leftovers] = [this.#world, this.#leftovers];
    this.#leftovers = undefined;
    for (const opened of this.#opened.splice(0)) opened[Symbol.dispose]();
    if (world === undefined || leftovers === undefined) return;
    const left = await leftovers();
    const changed = world.systems.flatMap(({ task }) => task.afterReplies?.faults() ?? []);
    // Whoever comes next must not be blamed for it.
    if (left.length > 0 || world.systems.some(({ task }) => task.isClosed)) await this.end();
    const faults = [...left.map((what) => `left behind: ${what}`), ...changed.map(textOf)];
    if (faults.length > 0) throw new Error(`${this.#row}: ${faults.join('; ')}`);
  }

  async end(): Promise<void> {
    const world = this.#world;
    this.#world = undefined;
    await world?.end();
  }

  #inTest(what: string): World {
    if (this.#world !== undefined && this.#leftovers !== undefined) return this.#world;
    throw new IpcError('EINVAL', `placements: ${what} is there within a test, and not before or after it`);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
