import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Suites that take longest, the longest first. Vitest begins with large files where it has not run them yet, and these
 * are small: they would be left to run alone at the end.
 */
export const LONGEST: readonly string[] = [
  'packages/server/src/adapters/mongo/market-store/rollups/kill.integration.test.ts',
  'packages/server/src/adapters/mongo/alert-store/alert-store-mongo.integration.test.ts',
  'packages/server/src/adapters/sqlite/market-store/sealing/sealed-store.integration.test.ts',
  'packages/server/src/adapters/mongo/market-store/market-store-mongo.integration.test.ts',
  'packages/server/src/adapters/sqlite/market-store/kill.integration.test.ts',
  'packages/server/src/services/feed/live/live-feed.integration.test.ts',
  'packages/server/src/services/operations/imports/import-killed.integration.test.ts',
  'packages/server/src/services/storage/recompute/recompute-killed.integration.test.ts',
  'packages/server/src/services/operations/exports/export-killed.integration.test.ts',
  'packages/server/src/adapters/sqlite/market-store/rollups/kill.integration.test.ts',
  'packages/server/src/adapters/postgres/market-store/market-store-postgres.integration.test.ts',
  'packages/server/src/services/operations/transfers/transfers.integration.test.ts',
  'packages/server/src/adapters/redis/bus/faults.integration.test.ts',
  'packages/server/src/adapters/postgres/market-store/rollups/kill.integration.test.ts',
  'packages/server/src/adapters/mongo/market-store/rollups/races.integration.test.ts',
  'packages/server/src/testing/api/api-document.integration.test.ts',
  'packages/server/src/testing/pipeline.integration.test.ts',
  'e2e/faults/kill.e2e.test.ts',
  'e2e/recordings/independent-product-figures.e2e.test.ts',
  'e2e/faults/enricher-killed.e2e.test.ts',
  'e2e/faults/alerts-killed.e2e.test.ts',
  'e2e/recordings/recordings-by-format.e2e.test.ts',
  'e2e/processes/jobs.e2e.test.ts',
  'e2e/hostile/corrupt-files.e2e.test.ts',
  'e2e/hostile/access-matrix.e2e.test.ts',
  'e2e/processes/status-truth.e2e.test.ts',
  'e2e/faults/disk-full.e2e.test.ts',
  'e2e/processes/logs.e2e.test.ts',
  'e2e/faults/poison.e2e.test.ts',
  'e2e/hostile/standalone-access.e2e.test.ts',
  'e2e/fuzz/fuzz.e2e.test.ts',
  'e2e/dashboard/dashboard.e2e.test.ts',
  'e2e/dashboard/account.e2e.test.ts',
  'e2e/dashboard/logs/logs.e2e.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((suite) => moduleId.endsWith(`/${suite}`));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
