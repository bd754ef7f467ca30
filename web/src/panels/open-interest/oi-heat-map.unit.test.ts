import { describe, expect, it } from 'vitest';
import { hasChange, heatCells, rowOf } from './oi-heat-map.ts';

const column = (call_oi: (number | null)[], put_oi: (number | null)[]) => ({
  timestamp: '2026-11-27T06:00:00.000Z',
  spot_price: 100,
  call_oi,
  put_oi,
});

describe('heat map of open interest', () => {
  const map = {
    strikes: [100, 110],
    columns: [column([5, null], [7, 2]), column([8, 4], [6, null]), column([4, 9], [7, 3])],
  };
  const changes = (side: 'net' | 'call' | 'put') => heatCells(map, side).map(({ change }) => change);

  it('is the change since the first instant that is known, never 0 for what is not', () => {
    expect(changes('call')).toEqual([0, null, 3, 0, -1, 5]);
    expect(changes('put')).toEqual([0, 0, -1, null, 0, 1]);
  });

  it('has as net the puts less the calls, where both are known', () => {
    expect(changes('net')).toEqual([0, null, -4, null, 1, -4]);
  });

  it('has no change in its first instant, nor where nothing is known', () => {
    const first = { ...map, columns: map.columns.slice(0, 1) };
    expect(hasChange(heatCells(first, 'net'))).toBe(false);
    expect(hasChange(heatCells({ strikes: [100], columns: [column([null], [null])] }, 'call'))).toBe(false);
    expect(hasChange(heatCells(map, 'put'))).toBe(true);
  });

  it('finds the place of a price among strikes of uneven distance', () => {
    const strikes = [100, 110, 130];
    expect([100, 105, 120, 130].map((price) => rowOf(strikes, price))).toEqual([0, 0.5, 1.5, 2]);
    expect([99, 131, null].map((price) => rowOf(strikes, price))).toEqual([null, null, null]);
  });
});
