import { IpcError } from '../errors.ts';

type Hook = (fn: () => Promise<void>) => unknown;

/** What is needed of a test runner: all of `vitest`, of `node:test`, or these functions of any other. */
export type Runner = {
  describe: (name: string, body: () => void) => unknown;
  beforeEach: Hook;
  afterEach: Hook;
} & ({ afterAll: Hook } | { after: Hook });

/** The runner that was given, or the one that runs this process. */
export function runnerOr(given: Runner | undefined): Runner {
  const runner = given ?? inGlobals() ?? running;
  if (runner !== undefined) return runner;
  throw new IpcError(
    'EINVAL',
    'placements: found no test runner; give it yours: placements(driver, suite, { runner: { describe, beforeEach, afterEach, afterAll } })',
    { op: 'placements' },
  );
}

function inGlobals(): Runner | undefined {
  const { describe, beforeEach, afterEach, afterAll } = globalThis as Partial<Runner & { afterAll: Hook }>;
  if (!describe || !beforeEach || !afterEach || !afterAll) return undefined;
  return { describe, beforeEach, afterEach, afterAll };
}

/** Neither has to be there for those who use something else of this module. */
const running: Runner | undefined = await importRunner().catch(() => undefined);

async function importRunner(): Promise<Runner | undefined> {
  if (process.env['VITEST'] !== undefined) return import('vitest');
  if (process.env['NODE_TEST_CONTEXT'] !== undefined) return import('node:test');
  return undefined;
}
