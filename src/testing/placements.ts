import type { System } from '../boot/system.ts';
import type { Routines, Stub, Subsystem } from '../driver/index.ts';
import { IpcError } from '../errors.ts';
import { AfterReplies } from '../task/index.ts';
import { DEFAULT_PATIENCE_MS, leakCheck } from './leak-check.ts';
import { type Runner, runnerOr } from './runner.ts';
import { groupWorld, memoryWorld, privateWorld, socketWorld, type World } from './worlds.ts';

/** Where a suite runs: what lies between the client, which is the test, and the driver. */
export type Row = keyof typeof ROWS;

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

/** Opens the driver, once more with each call, and ends it after the test. The stub may be disposed earlier. */
export type Open<R extends Routines> = (options?: unknown) => Promise<Stub<Subsystem<R>>>;

/** Where the suite runs this time. */
export type Setting = {
  readonly row: Row;
  /** Whether in test mode: false in the row `unchecked` alone. */
  readonly check: boolean;
  /** The client's system, within a test: for ports and rights of the test's own. */
  readonly system: System;
};

export type PlacementsOptions = {
  /** Some of the rows. Default: all but `broker`. */
  only?: readonly Row[];
  /** How long what is under way at the end of a test may take to settle. Only a test that fails waits so long. Default: 3,000. */
  patienceMs?: number;
  /** The test runner. Default: the one that runs this process (vitest, `node --test`, or one with globals). */
  runner?: Runner;
};

/**
 * Runs a suite in every placement of a driver and over every kind of link. After each test nothing may be left behind of it:
 * no right, port, call or driver, no timer, handle or child of this process; and nobody may have changed what is another's.
 *
 * @throws IpcError EINVAL: there is no test runner, or no such row
 */
export function placements<R extends Routines>(
  driver: DriverUnderTest<R>,
  suite: (open: Open<R>, setting: Setting) => void,
  options: PlacementsOptions = {},
): void {
  const runner = runnerOr(options.runner);
  const { describe, beforeEach, afterEach } = runner;
  const afterAll = 'afterAll' in runner ? runner.afterAll : runner.after;
  for (const row of options.only ?? DEFAULT_ROWS) {
    if (!Object.hasOwn(ROWS, row)) throw unknownRow(row);
    describe(`${driver.name ?? driver.subsystem.name}, ${row}`, () => {
      const stage = new Stage(row, options);
      beforeEach(() => stage.enter());
      afterEach(() => stage.leave());
      afterAll(() => stage.end());
      suite((given) => stage.open(driver, given), {
        row,
        check: row !== 'unchecked',
        get system() {
          return stage.system;
        },
      });
    });
  }
}

/** A world for the tests of one row, as long as none of them leaves anything behind in it. */
class Stage {
  readonly #row: Row;
  readonly #options: PlacementsOptions;
  #world: World | undefined;
  #leftovers: (() => Promise<string[]>) | undefined;
  readonly #opened: Disposable[] = [];

  constructor(row: Row, options: PlacementsOptions) {
    this.#row = row;
    this.#options = options;
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
    const { patienceMs = DEFAULT_PATIENCE_MS } = this.#options;
    this.#world ??= await ROWS[this.#row]();
    for (const { task } of this.#world.systems) task.afterReplies = new AfterReplies();
    this.#leftovers = await leakCheck(this.#world, patienceMs);
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

const ROWS = {
  /** On the caller's stack, in test mode. */
  inline: () => privateWorld('inline'),
  /** On the caller's stack, as it is outside of tests: caller and driver have the same arguments in hand. */
  unchecked: () => privateWorld('inline', { check: false }),
  /** A task of its own in this process, over links in memory. */
  memory: memoryWorld,
  thread: () => privateWorld('thread'),
  process: () => privateWorld('process'),
  /** A process in which another driver runs already. */
  group: groupWorld,
  /** Served by another task, which the client has come to by the socket of a shared broker. */
  socket: socketWorld,
  /** In the process of the client's broker. */
  broker: () => privateWorld('broker'),
};

const DEFAULT_ROWS: readonly Row[] = ['inline', 'unchecked', 'memory', 'thread', 'process', 'group', 'socket'];

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unknownRow(row: string): IpcError {
  return new IpcError('EINVAL', `placements: there is no row '${row}'; there are ${Object.keys(ROWS).join(', ')}`, {
    op: 'placements',
  });
}
