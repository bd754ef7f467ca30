import { describe, expect, it } from 'vitest';
import { placeMarks, topOf } from './level-marks.ts';

/** Pixels of a chart on a wide screen, and in a narrow place. */
const WIDE = 1_000;
const NARROW = 330;

const at = (name: string, value: number | null) => ({ name, value });

describe('marks of levels', () => {
  it('draws one line for levels at one price, and none for those that are not there or off the axis', () => {
    const marks = placeMarks(
      [at('ATM', 100), at('Max pain', 100), at('Call wall', null), at('Put wall', 40)],
      50,
      150,
      WIDE,
    );
    expect(marks.map(({ names, value }) => [names, value])).toEqual([[['ATM', 'Max pain'], 100]]);
  });

  it('puts labels of neighbours into rows of their own, and far ones into the first', () => {
    const marks = placeMarks([at('a', 0), at('b', 5), at('c', 10), at('d', 60)], 0, 100, WIDE);
    expect(marks.map(({ row }) => row)).toEqual([0, 1, 2, 0]);
    expect(topOf(marks)).toBeGreaterThan(topOf(marks.slice(3)));
  });

  it('leaves labels the room that they need in a narrow place, such as a phone or a docked panel', () => {
    const levels = [at('a', 20), at('b', 50), at('c', 80)];
    const rows = (width: number) => placeMarks(levels, 0, 100, width).map(({ row }) => row);
    expect(rows(WIDE)).toEqual([0, 0, 0]);
    expect(rows(NARROW)).toEqual([0, 1, 0]);
  });
});
