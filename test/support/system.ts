import { boot, type BootOptions, type System } from 'easync';
import { expect } from 'vitest';
import { within } from './until.ts';

/** A system for one test. Disposing it asserts that the test has left nothing behind. */
export type TestSystem = AsyncDisposable & {
  readonly sys: System;
  /** What drivers printed: `[driver] line`. */
  readonly output: readonly string[];
};

/**
 * Boots a system with a private broker. On dispose every task's rights, the tasks themselves, and this process's calls,
 * children, sockets and timers have to be back at base. What is not fails the test softly, beside a failure of its own.
 */
export async function testSystem(options: BootOptions = {}): Promise<TestSystem> {
  const resources = activeResources();
  const output: string[] = [];
  const sys = await boot({
    label: 'test',
    onOutput: (driver, _stream, line) => void output.push(`[${driver}] ${line}`),
    ...options,
  });
  const base = await inventory(sys);
  return {
    sys,
    output,
    async [Symbol.asyncDispose]() {
      if (!sys.task.isClosed) await expectBack('rights, tasks and calls', base, () => inventory(sys));
      await sys.dispose();
      await expectBack('handles of this process', {}, () => Promise.resolve(more(activeResources(), resources)));
    },
  };
}

/** Long enough for messages that are under way, on a loaded machine. Reached only by a test that fails. */
const PATIENCE_MS = 3_000;

async function expectBack<T>(what: string, base: T, now: () => Promise<T>): Promise<void> {
  const wanted = JSON.stringify(base);
  const back = await within(PATIENCE_MS, async () => JSON.stringify(await now()) === wanted);
  if (!back) expect.soft(await now(), `${what}: left behind by the test`).toEqual(base);
}

/** What every task of the broker has, and what this one waits for. */
async function inventory({ host, task }: System): Promise<Record<string, unknown>> {
  if (host === null) throw new Error('a test system starts its own broker, and so holds the host right');
  const [{ tasks }, ports] = [await host.ps(), await host.ports({})];
  return {
    tasks: tasks.map(({ label }) => label).sort(),
    rights: tasks.map(({ task: id, label }) => {
      const of = ports.filter((port) => port.task === id);
      return [label, ...of.map(({ rights, refs, queued }) => `${rights.join('+')} ×${refs}, ${queued} queued`).sort()];
    }),
    here: { calls: task.pending.size, serving: task.serving.size, ports: task.ports.size, remotes: task.remotes.size },
  };
}

function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function more(now: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const grown = Object.entries(now).filter(([kind, count]) => count > (before[kind] ?? 0));
  return Object.fromEntries(grown.filter(([kind]) => !OTHERS.has(kind)));
}

/** Come and go with the test runner's own work. */
const OTHERS = new Set(['Immediate', 'FSReqPromise', 'FSReqCallback', 'MessagePort', 'TTYWrap']);
