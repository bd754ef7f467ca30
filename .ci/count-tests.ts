import { readFileSync } from 'node:fs';
import { argv, exit, stdout } from 'node:process';

/** Sums the JSON reports of the test runs; a report that is missing or has no test is a failure. */
let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of argv.slice(2)) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  if (report.numTotalTests === 0) failed += 1;
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.numFailedTestSuites - failedSuitesWithTests(report);
  skipped += report.numPendingTests + report.numTodoTests;
}
stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
exit(failed === 0 && passed > 0 ? 0 : 1);

/** A suite that fails to load has no tests of its own; one whose tests fail is counted by those. */
function failedSuitesWithTests(report: { numFailedTestSuites: number; numFailedTests: number }): number {
  return report.numFailedTests > 0 ? report.numFailedTestSuites : 0;
}
