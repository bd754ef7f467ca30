import { expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';

/** A bounded part of what `npm run fuzz` does: some sixty requests to each operation. */
const REQUESTS = 10_000;

it('answers requests made from its own document as that document says', async () => {
  const report = await fuzz({ requests: REQUESTS, seed: 7 });
  console.log(`Fuzz: ${report.requests} requests to ${report.operations} operations`, report.byStatus);
  console.log(`${report.succeeded} operations succeeded; never: ${report.silent.join(', ')}`);
  expect(report.findings).toEqual([]);
  expect(report.requests).toBe(REQUESTS);
  // Most of it must get past validation, or nothing behind that was tried.
  expect(report.succeeded).toBeGreaterThan(report.operations * 0.8);
});
