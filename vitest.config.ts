import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes under test run what is built, and so do the tests that import 'easync'.
    globalSetup: ['test/support/build.ts'],
    // Tests of processes mostly wait for them: two files at a time, also on two cores.
    maxWorkers: 2,
    // Real processes on a loaded machine take their time; nothing here waits for a clock.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { EASYNC_CHECK: '1' },
  },
});
