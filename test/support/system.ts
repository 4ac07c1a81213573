import { boot, type BootOptions, type System } from 'easync';
import { expect } from 'vitest';
import { activeResources, grown, type Inventory, inventory } from '../../src/testing/inventory.ts';
import { DEFAULT_PATIENCE_MS, leftAfter } from '../../src/testing/leak-check.ts';

/** A system for one test. Disposing it asserts that the test has left nothing behind. */
export type TestSystem = AsyncDisposable & {
  readonly sys: System;
  /** What drivers printed: `[driver] line`. */
  readonly output: readonly string[];
};

/**
 * Boots a system with a private broker. On dispose every task's rights, the tasks themselves, and this process's calls,
 * children, sockets and timers have to be back at base, no more of them and no fewer. What is not fails the test softly, beside a
 * failure of its own. Who tests a driver in all placements takes `placements` of easync/testing.
 */
export async function testSystem(options: BootOptions = {}): Promise<TestSystem> {
  const resources = activeResources();
  const output: string[] = [];
  const sys = await boot({
    label: 'test',
    onOutput: (driver, _stream, line) => void output.push(`[${driver}] ${line}`),
    ...options,
  });
  const base = await inventory([sys]);
  return {
    sys,
    output,
    async [Symbol.asyncDispose]() {
      if (!sys.task.isClosed) await expectNothing(async () => changes(base, await inventory([sys])));
      await sys.dispose();
      await expectNothing(() => Promise.resolve(grown(resources, activeResources())));
    },
  };
}

async function expectNothing(look: () => Promise<string[]>): Promise<void> {
  expect.soft(await leftAfter(DEFAULT_PATIENCE_MS, look), 'left behind by the test').toEqual([]);
}

function changes(base: Inventory, now: Inventory): string[] {
  return [...grown(base, now), ...grown(now, base).map((what) => `missing: ${what}`)];
}
