import { readFileSync } from 'node:fs';
import { argv, cwd, exit, stdout } from 'node:process';

/**
 * Sums the JSON reports of the test runs, after a line for each test or suite that failed, so that the end of a long
 * output says what to mend. A report that is missing or has no test is a failure.
 */
let passed = 0;
let skipped = 0;
const failures: string[] = [];
for (const file of argv.slice(2)) {
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  if (report.numTotalTests === 0) failures.push(`${file}: no tests`);
  passed += report.numPassedTests;
  skipped += report.numPendingTests + report.numTodoTests;
  for (const suite of report.testResults) failures.push(...failuresOf(suite));
}
for (const failure of failures) stdout.write(`Failed: ${failure}\n`);
stdout.write(`${passed} passed, ${failures.length} failed, ${skipped} skipped\n`);
exit(failures.length === 0 && passed > 0 ? 0 : 1);

/** One line for each failed test; for a suite that failed by itself, as when it did not load, a line of its own. */
function failuresOf({ name, status, message, assertionResults }: SuiteReport): string[] {
  const file = name.replace(`${cwd()}/`, '');
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map((result) => `${file}: ${result.fullName}: ${firstLine(result.failureMessages[0])}`);
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0] ?? '';
}

interface Report {
  numTotalTests: number;
  numPassedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: SuiteReport[];
}

interface SuiteReport {
  name: string;
  status: string;
  message?: string;
  assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
}
