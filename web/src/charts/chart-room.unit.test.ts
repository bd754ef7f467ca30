import { describe, expect, it } from 'vitest';
import { belowLegend, legendNames, legendRows, withFewLabels } from './chart-room.ts';

const tenEach = (text: string) => 10 * text.length;

describe('the room of a chart', () => {
  it('is one row where the names fit, and one more for each name that does not', () => {
    expect(legendRows([], 300, tenEach)).toBe(1);
    expect(legendRows(['calls', 'puts'], 144, tenEach)).toBe(1);
    expect(legendRows(['calls', 'puts'], 143, tenEach)).toBe(2);
    expect(legendRows(['wider than its place', 'puts', 'net'], 100, tenEach)).toBe(3);
  });

  it('names each series once, and none of a legend that is not shown or is scrolled', () => {
    const series = [{ name: 'IV' }, { name: 'IV' }, { type: 'line' }, { name: 'Fit' }];
    expect(legendNames({ series })).toEqual(['IV', 'Fit']);
    expect(legendNames({ legend: { show: false }, series })).toEqual([]);
    expect(legendNames({ legend: { type: 'scroll' }, series })).toEqual([]);
  });

  it('has fewer labels on the value axes of a low chart, unless one says how many', () => {
    const value = { type: 'value' };
    expect(withFewLabels({ yAxis: value }).yAxis).toEqual({ type: 'value', splitNumber: 3 });
    const axes = [{ type: 'category' }, { type: 'value', splitNumber: 7 }];
    expect(withFewLabels({ yAxis: axes }).yAxis).toEqual(axes);
    expect(withFewLabels({})).toEqual({});
  });

  it('moves the drawing below the second row, and leaves what has one', () => {
    const option = { grid: { top: 32, right: 8 } };
    expect(belowLegend(option, 1)).toBe(option);
    expect(belowLegend(option, 3).grid).toEqual({ top: 64, right: 8 });
    expect(belowLegend({}, 2)).toEqual({});
  });
});
