import { afterAll, vi } from 'vitest';

// Looked at when memory is first needed: by modules of this file's own.
vi.stubEnv('EASYNC_NATIVE', '0');
vi.resetModules();
afterAll(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

const { testFutexes } = await import('./futexes.ts');
testFutexes('without koffi');
