import { expect, test } from 'vitest';
import { productFigures, START_MS } from '../evaluation.fixture.ts';
import { createPreviousClose, sessionOf } from './previous-close.ts';
import { createSettledFigures } from './settled-figures.ts';
import { createSpanHistory } from './span-history.ts';

const SETTLE_MS = 5_000;
const MINUTE_MS = 60_000;

test('a value of so long before is the last one of its step, at most once the span older', () => {
  const history = createSpanHistory(600_000);
  history.note(0, 1);
  history.note(9_999, 2);
  history.note(10_000, 3);
  expect(history.before(599_999)).toBeNaN();
  expect(history.before(609_999)).toBe(2);
  expect(history.before(610_000)).toBe(3);
  expect(history.before(1_210_000)).toBe(3);
  expect(history.before(1_210_001)).toBeNaN();
});

test('a null of then is not known, and what is read late does not replace what came', () => {
  const history = createSpanHistory(60_000);
  history.note(1_000, Number.NaN);
  history.note(3_500, 5);
  history.note(3_100, 4);
  expect(history.before(61_000)).toBeNaN();
  expect(history.before(63_500)).toBe(5);
  expect(history.before(63_100)).toBeNaN();
});

test('the steps that are read from a store are those that a value may be taken from', () => {
  const history = createSpanHistory(60_000);
  const steps = history.steps(START_MS + 500);
  expect([steps[0], steps.at(-1), steps.length]).toEqual([START_MS - 120_000, START_MS, 121]);
  for (const step of steps) history.note(step, step);
  expect(history.before(START_MS + 500)).toBe(START_MS - 60_000);
});

test('the close of the session before is that of its last chain, also read from a store', () => {
  const close = createPreviousClose();
  expect(close.before(1)).toBeNaN();
  close.note(1, 10);
  close.note(1, 11);
  expect(close.before(1)).toBeNaN();
  close.note(2, 20);
  expect(close.before(2)).toBe(11);

  const late = createPreviousClose();
  late.note(2, 20);
  late.seed(1, 11);
  late.seed(2, 19);
  expect(late.before(2)).toBe(11);
  late.note(3, 30);
  expect(late.before(3)).toBe(20);
});

test('a session is that of the bars of the exchange, and a UTC day of an unknown product', () => {
  const nifty = sessionOf('NIFTY');
  const [wednesday, thursday] = [Date.UTC(2026, 7, 19, 9), Date.UTC(2026, 7, 20, 3)];
  expect(nifty(wednesday)).toBe(nifty(Date.UTC(2026, 7, 19, 3, 45)));
  expect(nifty(thursday)).not.toBe(nifty(wednesday));
  // 03:00 in India is before the opening of a day of its own, at 22:00 UTC the day before.
  expect(nifty(Date.UTC(2026, 7, 19, 21, 30))).toBe(nifty(thursday));
  expect(sessionOf('UNKNOWN')(wednesday)).toBe(Date.UTC(2026, 7, 19));
});

test('figures of a product count from the end of their minute plus the settle time on', () => {
  const figures = createSettledFigures(SETTLE_MS);
  const of = (timestamp: number) => productFigures(timestamp, {});
  figures.add(of(START_MS), true);
  figures.add(of(START_MS + 40_000), true);
  figures.add(of(START_MS + 20_000), true);
  figures.add(of(START_MS + MINUTE_MS), true);
  expect(figures.at(START_MS + MINUTE_MS + SETTLE_MS - 1)).toBeNull();
  expect(figures.at(START_MS + MINUTE_MS + SETTLE_MS)?.timestamp).toBe(START_MS + 40_000);
  expect(figures.at(START_MS + 10 * MINUTE_MS)?.timestamp).toBe(START_MS + MINUTE_MS);
});

test('of a minute that comes late the place is found, and no more are kept than chains may be behind', () => {
  const figures = createSettledFigures(0);
  for (const minute of [0, 2, 1, ...Array.from({ length: 300 }, (_, i) => 3 + i)]) {
    figures.add(productFigures(START_MS + minute * MINUTE_MS, {}), true);
  }
  expect(figures.at(START_MS + 10 * MINUTE_MS)).toBeNull();
  expect(figures.at(START_MS + 63 * MINUTE_MS)).toBeNull();
  expect(figures.at(START_MS + 64 * MINUTE_MS)?.timestamp).toBe(START_MS + 63 * MINUTE_MS);
});

test('without chains only those are kept that the next one may need', () => {
  const figures = createSettledFigures(SETTLE_MS);
  for (const minute of [0, 1, 2, 3, 4]) figures.add(productFigures(START_MS + minute * MINUTE_MS, {}), false);
  expect(figures.at(START_MS + 3 * MINUTE_MS)).toBeNull();
  expect(figures.at(START_MS + 4 * MINUTE_MS)?.timestamp).toBe(START_MS + 2 * MINUTE_MS);
  expect(figures.at(START_MS + 4 * MINUTE_MS + SETTLE_MS)?.timestamp).toBe(START_MS + 3 * MINUTE_MS);
});
