import { boot, type BootOptions, type System } from 'easync';
import { expect } from 'vitest';
import { grown, type Inventory, inventory } from '../../src/testing/inventory.ts';
import { DEFAULT_PATIENCE_MS, leftAfter } from '../../src/testing/leak-check.ts';
import { activeResources } from './active-resources.ts';
import { atFileEnd } from './at-file-end.ts';

/** A system for one test. Disposing it asserts that the test has left nothing behind. */
export type TestSystem = AsyncDisposable & {
  readonly sys: System;
  /** What drivers printed: `[driver] line`. */
  readonly output: readonly string[];
};

/**
 * A system with a private broker for one test. On dispose every task's rights, the tasks themselves, and this process's calls,
 * children, sockets and timers have to be back at base, no more of them and no fewer. What is not fails the test softly, beside a
 * failure of its own. Who tests a driver in all placements takes `placements` of easync/testing.
 *
 * A plain one that was found clean serves the next test of the file that asks for the like.
 */
export async function testSystem(options: BootOptions = {}): Promise<TestSystem> {
  const kind = Object.keys(options).every((key) => key === 'check') ? `check ${options.check}` : undefined;
  const used = idle.get(kind)?.pop() ?? (await start(options));
  const { sys, output } = used;
  output.length = 0;
  const resources = activeResources();
  const [base, { dead }] = [await inventory([sys]), await statusOf(sys)];
  return {
    sys,
    output,
    async [Symbol.asyncDispose]() {
      const noMore = (): Promise<string[]> => Promise.resolve(grown(resources, activeResources()));
      if (!sys.task.isClosed) {
        const isClean = await expectNothing(async () => [
          ...changes(base, await inventory([sys])),
          ...(await noMore()),
        ]);
        if (kind !== undefined && isClean && (await statusOf(sys)).dead === dead) {
          idle.set(kind, [...(idle.get(kind) ?? []), used]);
          return;
        }
      }
      await sys.dispose();
      await expectNothing(noMore);
    },
  };
}

type Used = { sys: System; output: string[] };

/** Those that are in nobody's hands, by kind. */
const idle = new Map<string | undefined, Used[]>();

async function endIdle(resources: Inventory): Promise<void> {
  for (const { sys } of [...idle.values()].flat()) await sys.dispose();
  idle.clear();
  expect(await leftAfter(DEFAULT_PATIENCE_MS, () => Promise.resolve(grown(resources, activeResources())))).toEqual([]);
}

async function start(options: BootOptions): Promise<Used> {
  atFileEnd(endIdle);
  const output: string[] = [];
  const sys = await boot({
    label: 'test',
    onOutput: (driver, _stream, line) => void output.push(`[${driver}] ${line}`),
    ...options,
  });
  return { sys, output };
}

async function statusOf({ host }: System): Promise<{ dead: number }> {
  if (host === null) throw new TypeError('a test system holds the host right');
  return host.ps();
}

/** Answers whether there is nothing. */
async function expectNothing(look: () => Promise<string[]>): Promise<boolean> {
  const left = await leftAfter(DEFAULT_PATIENCE_MS, look);
  expect.soft(left, 'left behind by the test').toEqual([]);
  return left.length === 0;
}

function changes(base: Inventory, now: Inventory): string[] {
  return [...grown(base, now), ...grown(now, base).map((what) => `missing: ${what}`)];
}
