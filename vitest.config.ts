import { defineConfig } from 'vitest/config';
import { createSkippedSuitesReporter } from './e2e/skipped-suites.ts';

const results = process.env.DELTASTREAM_TEST_RESULTS;

export default defineConfig({
  test: {
    reporters: ['default', createSkippedSuitesReporter(), ...(results ? ['json'] : [])],
    outputFile: results ? { json: results } : undefined,
    // The one rule for bounds on time, which a loaded machine may exceed: what fails three times is slow.
    tags: [{ name: 'timing', description: 'asserts a time, relative to another', retry: 2 }],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'web/**/*.test.ts'],
          testTimeout: 30_000,
          // Most of them wait for servers and timers; one worker, the default on two cores, takes twice as long.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
