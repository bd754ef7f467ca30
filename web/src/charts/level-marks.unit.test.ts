import { describe, expect, it, vi } from 'vitest';
import { placeMarks, topOf } from './level-marks.ts';

const at = (name: string, value: number | null) => ({ name, value });

describe('marks of levels', () => {
  it('draws one line for levels at one price, and none for those that are not there or off the axis', () => {
    const marks = placeMarks(
      [at('ATM', 100), at('Max pain', 100), at('Call wall', null), at('Put wall', 40)],
      50,
      150,
    );
    expect(marks.map(({ names, value }) => [names, value])).toEqual([[['ATM', 'Max pain'], 100]]);
  });

  it('puts labels of neighbours into rows of their own, and far ones into the first', () => {
    const marks = placeMarks([at('a', 0), at('b', 5), at('c', 10), at('d', 60)], 0, 100);
    expect(marks.map(({ row }) => row)).toEqual([0, 1, 2, 0]);
    expect(topOf(marks)).toBeGreaterThan(topOf(marks.slice(3)));
  });

  it('leaves labels more room on a phone', () => {
    vi.stubGlobal('matchMedia', () => ({ matches: true }));
    const marks = placeMarks([at('a', 20), at('b', 50), at('c', 80)], 0, 100);
    vi.unstubAllGlobals();
    expect(marks.map(({ row }) => row)).toEqual([0, 1, 0]);
  });
});
