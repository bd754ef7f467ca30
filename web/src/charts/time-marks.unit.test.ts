import { describe, expect, it } from 'vitest';
import { alertsText, countOf, marksText, type PointTime, placeMarks } from './time-marks.ts';

const POINTS = [1_000, 2_000, 3_000];
const at = (timestamp: number, text = 'PCR high') => ({ timestamp, text });

describe('marks on a chart over time', () => {
  const pointsOf = (time: PointTime, ...instants: number[]) => [
    ...placeMarks(
      instants.map((each) => at(each)),
      POINTS,
      time,
    ).keys(),
  ];

  it('stand at the bar that they happened in, also in the last one', () => {
    expect(pointsOf('start', 1_000, 2_999, 9_000)).toEqual([1_000, 2_000, 3_000]);
  });

  it('stand at the nearest of points that are instants', () => {
    expect(pointsOf('instant', 1_400)).toEqual([1_000]);
    expect(pointsOf('instant', 1_600, 2_000)).toEqual([2_000]);
    expect(pointsOf('instant', 9_000)).toEqual([3_000]);
  });

  it('are left out before the first point, unless they are as near to it as the next one', () => {
    expect(pointsOf('start', 999)).toEqual([]);
    expect(pointsOf('instant', -59_000)).toEqual([1_000]);
    expect(pointsOf('instant', -59_001)).toEqual([]);
    const quarters = [900_000, 1_800_000];
    expect([...placeMarks([at(0)], quarters, 'instant').keys()]).toEqual([900_000]);
    expect(placeMarks([at(-1)], quarters, 'instant').size).toBe(0);
    for (const time of ['start', 'instant'] as const) {
      expect(placeMarks([at(999)], [], time).size).toBe(0);
      expect(placeMarks([at(-60_000)], [1_000], time).size).toBe(0);
    }
  });

  it('share a point in the order in which they happened', () => {
    const placed = placeMarks(
      [at(2_500, 'second'), at(2_100, 'first')],
      [3_000, 2_000, 2_000, 1_000],
      'start',
    );
    expect([...placed.values()]).toEqual([{ timestamp: 2_000, texts: ['first', 'second'] }]);
    expect(countOf(placed.values())).toBe(2);
  });

  it('are named once each, the most recent first, and bounded', () => {
    expect(marksText(['PCR high', 'IV low', 'PCR high'])).toBe('2 times PCR high, IV low');
    expect(marksText(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('g, f, e, d, c, 2 more');
  });

  it('are said in the text of the chart', () => {
    expect(alertsText(placeMarks([], POINTS, 'start'))).toBe('');
    expect(alertsText(placeMarks([at(1_000)], POINTS, 'start'))).toBe('; 1 alert fired: PCR high');
    expect(alertsText(placeMarks([at(1_000), at(3_000)], POINTS, 'start'))).toBe(
      '; 2 alerts fired: 2 times PCR high',
    );
  });
});
