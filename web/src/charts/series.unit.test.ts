import { describe, expect, it } from 'vitest';
import { type Series, valueAt, withoutRepeats } from './series.ts';

const line: Series = {
  name: 'PCR',
  colour: 'accent',
  kind: 'line',
  points: [
    { timestamp: 1_000, value: 1.1 },
    { timestamp: 2_000, value: 1.2 },
    { timestamp: 3_000, value: null },
  ],
};

describe('value of a series', () => {
  it('is that of the instant, and none where there is none', () => {
    expect([1_000, 3_000, 4_000].map((instant) => valueAt(line, instant))).toEqual([1.1, null, null]);
  });

  it('is the last that is there without an instant', () => {
    expect(valueAt(line, null)).toBe(1.2);
    expect(valueAt({ ...line, points: [] }, null)).toBeNull();
  });

  it('is the close of a candle', () => {
    const candle = { timestamp: 1_000, open: 1, high: 4, low: 1, close: 3 };
    expect(valueAt({ name: 'Price', colour: 'up', kind: 'candles', candles: [candle] }, 1_000)).toBe(3);
  });
});

it('leaves out a label of an axis that reads as the one before', () => {
  expect(withoutRepeats(['1,460 crore', '1,460 crore', '1,470 crore', '1,460 crore'])).toEqual([
    '1,460 crore',
    '',
    '1,470 crore',
    '1,460 crore',
  ]);
});
