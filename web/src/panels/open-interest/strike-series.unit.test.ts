import { describe, expect, it } from 'vitest';
import { interestOf, readStrikes, strikeSeries } from './strike-series.ts';

const point = (strike: number, minute: number, call_oi: number | null, put_oi: number | null) => ({
  timestamp: `2026-11-27T06:0${minute}:00.000Z`,
  strike,
  call_oi,
  put_oi,
  call_oi_change: null,
  put_oi_change: null,
  pcr_oi: null,
});

describe('open interest of strikes over time', () => {
  it('reads strikes of the chain out of an address that anybody may have written', () => {
    const listed = [100, 110, 120, 130, 140, 150];
    expect(readStrikes('120,100,120,x,115', listed)).toEqual([100, 120]);
    expect(readStrikes('100,110,120,130,140,150', listed)).toHaveLength(5);
    expect(['', 'all', '1e9'].map((text) => readStrikes(text, listed))).toEqual([null, null, null]);
  });

  it('makes a line for each strike in order of time', () => {
    const lines = strikeSeries([point(110, 0, 1, 2), point(100, 0, 3, 4), point(110, 1, 5, 6)], 'call');
    expect([...lines].map(([strike, line]) => [strike, line.map(({ value }) => value)])).toEqual([
      [100, [3]],
      [110, [1, 5]],
    ]);
  });

  it('has nothing, and no 0, where no open interest is given', () => {
    expect(interestOf(point(100, 0, null, null), 'total')).toBeNull();
    expect(interestOf(point(100, 0, null, 4), 'total')).toBe(4);
    expect(interestOf(point(100, 0, null, 4), 'call')).toBeNull();
  });
});
