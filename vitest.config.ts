import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { createLeftOutReporter } from './testing/left-out.ts';

/**
 * How long `expect.poll` and `vi.waitFor` wait for what comes by itself. Long, because a loaded machine is late and
 * the wait ends when it has come; a test that is about a time measures it. By the timeouts of tests and hooks only what
 * hangs is to end.
 */
const PATIENCE_MS = 30_000;
const patience = { expect: { poll: { timeout: PATIENCE_MS } }, provide: { patienceMs: PATIENCE_MS } };
/** Suites of pages in a browser: beside each other only, as each needs a core. */
const PAGES = ['e2e/dashboard/**/*.e2e.test.ts'];
/** Suites that measure memory and response times: one at a time, with nothing beside them. */
const MEASURED = ['e2e/hostile/*.e2e.test.ts', 'e2e/idle-memory.e2e.test.ts'];
const endToEnd = {
  setupFiles: ['testing/patience.ts'],
  ...patience,
  testTimeout: 600_000,
  hookTimeout: 300_000,
};
const results = process.env.DELTASTREAM_TEST_RESULTS;

export default defineConfig({
  test: {
    reporters: ['default', createLeftOutReporter(), ...(results ? ['json'] : [])],
    outputFile: results ? { json: results } : undefined,
    // The one rule of retries, for times that a loaded machine may exceed: what fails three times is slow.
    tags: [{ name: 'timing', description: 'asserts a time, relative to another', retry: 2 }],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,web,testing,bench}/**/*.unit.test.{ts,tsx}'],
          setupFiles: ['testing/patience.ts', 'testing/unit-guard.ts'],
          ...patience,
          testTimeout: 120_000,
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,web,testing}/**/*.integration.test.ts'],
          setupFiles: ['testing/patience.ts'],
          ...patience,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Each suite has servers, folders and ports of its own; most of them wait, so that there are more than cores.
          maxWorkers: 2 * availableParallelism(),
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          exclude: [...PAGES, ...MEASURED],
          ...endToEnd,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e-pages',
          include: PAGES,
          ...endToEnd,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e-alone',
          include: MEASURED,
          ...endToEnd,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
