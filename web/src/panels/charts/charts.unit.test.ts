import { describe, expect, it } from 'vitest';
import { axisOf, MOST_FIGURES, readFigures, withFigure, writeFigures } from './charted-figures.ts';
import { figureByBar, isInterval, withLiveBar } from './price-bars.ts';

const minute = (i: number): string => new Date(Date.UTC(2026, 10, 27, 4, i)).toISOString();
const bar = (i: number, close: number) => ({ start: minute(i), open: 1, high: 9, low: 1, close });

describe('figures of a chart', () => {
  it('lie over the price where they are levels of it, else in a pane, unless the address says so', () => {
    expect(readFigures('atm_iv,max_pain_strike,atm_straddle_price:overlay')).toEqual([
      { name: 'atm_iv', place: 'pane' },
      { name: 'max_pain_strike', place: 'overlay' },
      { name: 'atm_straddle_price', place: 'overlay' },
    ]);
    expect(readFigures('max_pain_strike,atm_straddle_price:overlay,atm_iv').map(axisOf)).toEqual([
      ...['right', 'left', 'right'],
    ]);
  });

  it('are those of the catalogue, each once, and not too many', () => {
    expect(readFigures('nonsense,forward_source,pcr_oi,pcr_oi')).toHaveLength(1);
    expect(readFigures(null)).toEqual([]);
    const many = ['forward', 'atm_iv', 'pcr_oi', 'pcr_volume', 'gex_net'].join(',');
    expect(withFigure(many, 'gex_gross').split(',')).toHaveLength(MOST_FIGURES);
    expect(withFigure(many, 'gex_gross')).toMatch(/^atm_iv.*gex_gross$/);
  });

  it('are written as they are read', () => {
    const text = 'atm_iv:overlay,pcr_oi,max_pain_strike:pane';
    expect(writeFigures(readFigures(text))).toBe(text);
  });
});

describe('bars of a chart', () => {
  it('take the live one in the place of the stored one, or after the last', () => {
    const stored = [bar(0, 2), bar(1, 3)];
    expect(withLiveBar(stored, null)).toBe(stored);
    expect(withLiveBar(stored, { ...bar(1, 5), partial: false }).map(({ close }) => close)).toEqual([2, 5]);
    expect(withLiveBar(stored, { ...bar(2, 7), partial: false })).toHaveLength(3);
  });

  it('keep what is stored of a live one that lacks ticks', () => {
    const live = { start: minute(1), open: 4, high: 10, low: 3, close: 5, partial: true };
    expect(withLiveBar([bar(0, 2), bar(1, 3)], live)[1]).toEqual({
      ...{ start: minute(1), open: 1, high: 10, low: 1, close: 5 },
    });
  });

  it('have the last value within each of them, and none where there was none', () => {
    const at = (i: number, seconds: number, pcr_oi: number | null) => ({
      timestamp: new Date(Date.parse(minute(i)) + 1_000 * seconds).toISOString(),
      pcr_oi,
    });
    const points = [at(-1, 5, 0.1), at(0, 1, 0.5), at(0, 59, 0.6), at(1, 30, 0.7), at(3, 1, null)];
    expect(figureByBar([bar(0, 1), bar(2, 1), bar(3, 1)], points, 'pcr_oi', 60_000)).toEqual([
      0.6,
      null,
      null,
    ]);
  });
});

it('takes only the intervals that there are out of an address', () => {
  expect(['1m', '1d', '', '2m', 'toString', 'constructor', '__proto__'].filter(isInterval)).toEqual([
    '1m',
    '1d',
  ]);
});
