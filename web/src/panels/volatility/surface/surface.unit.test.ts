import { describe, expect, it } from 'vitest';
import { createFormat } from '../../../format/format.ts';
import { positionText, rangeOf, type Surface, surfaceGrid, surfaceTable } from './surface-grid.ts';

const place = (strike: number, iv: number | null) => ({
  strike,
  log_moneyness: Math.log(strike / 100),
  iv,
  total_variance: 0.01,
  density: null,
  probability_below: null,
  probability_touch: null,
});
const slice = (expiry: string, year_fraction: number, curve: ReturnType<typeof place>[]) => ({
  expiry,
  timestamp: '2026-11-27T10:00:00.000Z',
  year_fraction,
  forward: 100,
  atm_iv: 0.2,
  svi: null,
  reason: null,
  points: { strikes: [], iv: [] },
  curve,
});
const surface: Surface = {
  product: 'X',
  timestamp: '2026-11-27T10:00:00.000Z',
  repriced: { quoted: 0, inside: 0 },
  count: 3,
  expiries: [
    slice('2026-12-01', 0.02, [place(80, 0.3), place(100, 0.2), place(120, 0.24)]),
    slice('2026-12-08', 0.04, [place(90, 0.26), place(100, null), place(110, 0.22)]),
    slice('2026-12-15', 0.06, []),
  ],
};

describe('the grid of a surface', () => {
  it('is linear between places, and has nothing outside of them', () => {
    const { positions, rows } = surfaceGrid(surface, 'strike');
    expect([positions[0], positions[1], positions.at(-1)]).toEqual([80, 81, 120]);
    expect(rows.map(({ expiry }) => expiry)).toEqual(['2026-12-01', '2026-12-08']);
    const at = (row: number, strike: number) => rows[row].iv[positions.indexOf(strike)];
    expect([at(0, 80), at(0, 100), at(0, 120)]).toEqual([0.3, 0.2, 0.24]);
    expect(at(0, 90)).toBeCloseTo(0.25, 12);
    expect(at(1, 100)).toBeCloseTo(0.24, 12);
    expect([at(1, 89), at(1, 111)]).toEqual([null, null]);
    expect(rows[0].days).toBeCloseTo(7.3);
  });

  it('is over log-moneyness and over delta too, each ascending', () => {
    for (const axis of ['moneyness', 'delta'] as const) {
      const { positions, rows } = surfaceGrid(surface, axis);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(rows[0].iv.filter((iv) => iv !== null).length).toBeGreaterThan(10);
    }
    expect(surfaceGrid(surface, 'delta').positions).toHaveLength(37);
  });

  it('is empty without curves', () => {
    const none = surfaceGrid({ ...surface, expiries: [surface.expiries[2]] }, 'strike');
    expect(none).toEqual({ positions: [], rows: [] });
    expect(rangeOf(none)).toBeNull();
    expect(rangeOf(surfaceGrid(surface, 'strike'))).toEqual([0.2, 0.3]);
  });

  it('says a position as its axis does, and has every place in its table', () => {
    const format = createFormat('western', 'UTC');
    expect(positionText('strike', format)(24_000)).toBe('24,000');
    expect(positionText('delta', format)(0.75)).toBe('25P');
    expect(positionText('moneyness', format)(-0.05)).toBe('−0.050');
    expect(surfaceTable(surface, format).rows.map((row) => [row[0], row[1], row[4]])[4]).toEqual([
      '2026-12-08',
      100,
      null,
    ]);
  });
});
