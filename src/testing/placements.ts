import type { System } from '../boot/system.ts';
import type { Routines, Stub, Subsystem } from '../driver/index.ts';
import { DEFAULT_PATIENCE_MS } from './leak-check.ts';
import { DEFAULT_ROWS, mustBeRow, type Row } from './rows.ts';
import { type Runner, runnerOr } from './runner.ts';
import { type DriverUnderTest, Stage } from './stage.ts';

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
    mustBeRow(row);
    describe(`${driver.name ?? driver.subsystem.name}, ${row}`, () => {
      const stage = new Stage(row, options.patienceMs ?? DEFAULT_PATIENCE_MS);
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
