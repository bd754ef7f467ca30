import { describe, expect, it } from 'vitest';
import { alertsText, countOf, marksText, placeMarks } from './time-marks.ts';

const POINTS = [1_000, 2_000, 3_000];
const at = (timestamp: number, text = 'PCR high') => ({ timestamp, text });

describe('marks on a chart over time', () => {
  it('stand at the point that they happened in, also after the last one', () => {
    const placed = placeMarks([at(1_000), at(2_999), at(9_000)], POINTS);
    expect([...placed.keys()]).toEqual([1_000, 2_000, 3_000]);
  });

  it('are left out before the first point, and without points', () => {
    expect(placeMarks([at(999)], POINTS).size).toBe(0);
    expect(placeMarks([at(999)], []).size).toBe(0);
  });

  it('share a point in the order in which they happened', () => {
    const placed = placeMarks([at(2_500, 'second'), at(2_100, 'first')], [3_000, 2_000, 2_000, 1_000]);
    expect([...placed.values()]).toEqual([{ timestamp: 2_000, texts: ['first', 'second'] }]);
    expect(countOf(placed.values())).toBe(2);
  });

  it('are named once each, the most recent first, and bounded', () => {
    expect(marksText(['PCR high', 'IV low', 'PCR high'])).toBe('2 times PCR high, IV low');
    expect(marksText(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('g, f, e, d, c, 2 more');
  });

  it('are said in the text of the chart', () => {
    expect(alertsText(placeMarks([], POINTS))).toBe('');
    expect(alertsText(placeMarks([at(1_000)], POINTS))).toBe('; 1 alert fired: PCR high');
    expect(alertsText(placeMarks([at(1_000), at(3_000)], POINTS))).toBe('; 2 alerts fired: 2 times PCR high');
  });
});
