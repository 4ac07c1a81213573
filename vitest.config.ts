import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes under test run what is built, and so do the tests that import 'easync'.
    globalSetup: ['test/support/build.ts'],
    // Each process runs many files: to start one and load all that the tests import takes longer than most files.
    isolate: false,
    setupFiles: ['test/support/each-file.ts'],
    // Tests of processes wait for them half of their time: three files at a time keep two cores busy.
    maxWorkers: 3,
    // Real processes on a loaded machine take their time; nothing here waits for a clock.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { EASYNC_CHECK: '1' },
  },
});
