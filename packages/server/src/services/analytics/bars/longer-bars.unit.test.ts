import type { Bar } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { rollUp } from './longer-bars.ts';

const bar = (start: number, [open, high, low, close]: number[]): Bar => ({
  product: 'NIFTY',
  interval: '15m',
  start,
  open_at: start + 1,
  open,
  high,
  low,
  close_at: start + 899,
  close,
});

describe('longer bars', () => {
  it('merges the parts of each', () => {
    const parts = [
      bar(0, [10, 12, 9, 11]),
      bar(900, [11, 15, 11, 14]),
      bar(2700, [14, 14, 8, 9]),
      bar(3600, [9, 10, 9, 10]),
    ];
    const hours = rollUp(parts, '1h', (at) => Math.floor(at / 3600) * 3600);
    expect(
      hours.map(({ interval, start, open, high, low, close }) => [interval, start, open, high, low, close]),
    ).toEqual([
      ['1h', 0, 10, 15, 8, 9],
      ['1h', 3600, 9, 10, 9, 10],
    ]);
    expect(rollUp([], '1h', (at) => at)).toEqual([]);
  });
});
