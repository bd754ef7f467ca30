import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger } from '../logging/log.ts';
import { createConsoleLog } from '../logging/outputs/console-log.ts';
import { createRejectionReport } from './rejection-report.ts';

let shown = '';
const logger = createLogger(
  'warn',
  createConsoleLog((text) => {
    shown += text;
  }),
);
beforeEach(() => {
  shown = '';
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const part = (line: number, reason = `ltp is "x${line}", expected a number`) => ({
  rejection: 'bad_value',
  reason,
  place: `nifty.csv line ${line}`,
});

it('prints a reason once, with how many and where the first is', () => {
  const report = createRejectionReport(logger, { mostReasons: 20 });
  for (let line = 7; line < 1007; line++) report.add(part(line));
  report.add(part(2000, 'spot is 0, expected a number'));
  report.end();
  report.end();
  expect(shown).toBe(
    'warn platform: 1000 parts were rejected, the first nifty.csv line 7: ltp is "x7", expected a number\n' +
      'warn platform: nifty.csv line 2000 was rejected: spot is 0, expected a number\n',
  );
});

it('tells of a long recording before its end, and of what came later at the end', () => {
  const report = createRejectionReport(logger, { mostReasons: 20, afterMs: 5_000 });
  report.add(part(7));
  report.add(part(8));
  vi.advanceTimersByTime(5_000);
  expect(shown).toBe(
    'warn platform: 2 parts were rejected, the first nifty.csv line 7: ltp is "x7", expected a number\n',
  );
  for (let line = 9; line < 100; line++) report.add(part(line));
  vi.advanceTimersByTime(60_000);
  report.end();
  expect(shown.split('\n').slice(1)).toEqual([
    'warn platform: 91 more parts were rejected like nifty.csv line 7: ltp is "x7", expected a number',
    '',
  ]);
});

it('counts reasons beyond its bound together', () => {
  const report = createRejectionReport(logger, { mostReasons: 2 });
  for (const word of ['one', 'two', 'three', 'four']) report.add(part(1, `is ${word}`));
  report.end();
  expect(shown.split('\n').at(-2)).toBe('warn platform: 2 parts were rejected for other reasons');
});
