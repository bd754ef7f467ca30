import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { createLeftOutReporter } from './testing/left-out.ts';
import { LONGEST, LongestFirst } from './testing/longest-first.ts';

/**
 * How long `expect.poll` and `vi.waitFor` wait for what comes by itself. Long, because a loaded machine is late and
 * the wait ends when it has come; a test that is about a time measures it. By the timeouts of tests and hooks only what
 * hangs is to end.
 */
const PATIENCE_MS = 30_000;
const patience = { expect: { poll: { timeout: PATIENCE_MS } }, provide: { patienceMs: PATIENCE_MS } };
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/**
 * Suites load what they test as the product does, by Node itself, which keeps compiled code for all processes and
 * threads: a run starts thousands, and each would strip the types of every file anew.
 */
const byNode = {
  experimental: { viteModuleRunner: false, nodeLoader: false },
  env: { NODE_COMPILE_CACHE: pathOf('node_modules/.cache/deltastream') },
};
const asProduct = { ...byNode, execArgv: ['--import', pathOf('testing/as-product.mjs')] };
/**
 * Unit suites of a worker share its modules: loading them for each suite anew took as long as the tests. What a suite sets
 * in a module it puts back.
 */
const unit = {
  setupFiles: ['testing/patience.ts', 'testing/unit-guard.ts'],
  ...patience,
  testTimeout: 120_000,
  maxWorkers: '100%',
  isolate: false,
};
/**
 * Integration suites that have a process of their own: those that measure processor time or memory or count timers, which
 * those before them would change, and the longest, for which loading is little. The others of a worker share its modules
 * as unit suites do.
 */
const OWN_PROCESS = [
  ...LONGEST.filter((suite) => suite.endsWith('.integration.test.ts')),
  'packages/recordings/src/formats/nse/minute-csv-reader.integration.test.ts',
  'packages/recordings/src/transport/recording-bytes.integration.test.ts',
  'packages/server/src/services/analytics/computing/compute-pool.integration.test.ts',
  'packages/server/src/services/feed/service.integration.test.ts',
  'packages/server/src/services/auth/login/login-time.integration.test.ts',
  'packages/server/src/testing/service-lifecycles.integration.test.ts',
];
/** Suites of pages in a browser: beside each other only, as each needs a core. */
const PAGES = ['e2e/dashboard/**/*.e2e.test.ts'];
/** Suites that measure memory and response times: one at a time, with nothing beside them. */
const MEASURED = [
  'e2e/faults/database-away.e2e.test.ts',
  'e2e/hostile/{access-key-guessing,attacks,http-slow-readers,recordings,sockets}.e2e.test.ts',
  'e2e/idle-memory.e2e.test.ts',
];
const integration = {
  ...asProduct,
  setupFiles: ['testing/patience.ts'],
  ...patience,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // Each suite has servers, folders and ports of its own; most of them wait, so that there are more than cores.
  maxWorkers: 2 * availableParallelism(),
};
const endToEnd = {
  ...byNode,
  setupFiles: ['testing/patience.ts', 'testing/no-secrets-logged.ts'],
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
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,testing,bench}/**/*.unit.test.ts'],
          ...asProduct,
          ...unit,
        },
      },
      // Components are TSX, which Node does not load.
      { test: { name: 'unit-web', include: ['web/**/*.unit.test.{ts,tsx}'], ...unit } },
      {
        test: {
          name: 'integration',
          include: ['{packages,web,testing}/**/*.integration.test.ts'],
          exclude: OWN_PROCESS,
          ...integration,
          isolate: false,
        },
      },
      { test: { name: 'integration-apart', include: OWN_PROCESS, ...integration } },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          exclude: [...PAGES, ...MEASURED],
          ...endToEnd,
          // They wait for processes to start, to notice and to stop, so that there is one more than cores.
          maxWorkers: availableParallelism() + 1,
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
