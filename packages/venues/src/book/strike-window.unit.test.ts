import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrikeWindow } from './strike-window.ts';

const STRIKES = [100, 110, 120, 130, 140, 150];

describe('a window of strikes', () => {
  it('is about the forward, else the spot, else all', () => {
    expect(createStrikeWindow(1).around(STRIKES, 123, 150)).toEqual([110, 120, 130]);
    expect(createStrikeWindow(1).around(STRIKES, Number.NaN, 138)).toEqual([130, 140, 150]);
    expect(createStrikeWindow(1).around(STRIKES, 0, 0)).toEqual(STRIKES);
    expect(createStrikeWindow('all').around(STRIKES, 123, 123)).toEqual(STRIKES);
    expect(createStrikeWindow(2).around([], 123, 123)).toEqual([]);
  });

  it('ends where the list does', () => {
    expect(createStrikeWindow(2).around(STRIKES, 90, 90)).toEqual([100, 110, 120]);
    expect(createStrikeWindow(2).around(STRIKES, 900, 90)).toEqual([130, 140, 150]);
    expect(createStrikeWindow(0).around(STRIKES, 141, 90)).toEqual([140]);
  });

  it('stays where it is until the forward is clearly beyond the boundary', () => {
    const window = createStrikeWindow(1);
    const money = (forward: number) => window.around(STRIKES, forward, 0)[1];
    expect([124, 126, 124, 127.4, 127.6, 126, 123, 122.4].map(money)).toEqual([
      ...[120, 120, 120, 120, 130, 130, 130],
      120,
    ]);
    expect(money(141)).toBe(140);
  });

  it('follows a list that changes', () => {
    const window = createStrikeWindow(1);
    expect(window.around(STRIKES, 126, 0)).toEqual([120, 130, 140]);
    expect(window.around([100, 120, 125, 140], 126, 0)).toEqual([120, 125, 140]);
  });

  it('always holds the strike nearest the forward where it has any side', () => {
    const strikes = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(strikes, fc.array(fc.double({ min: 1, max: 600, noNaN: true })), (listed, forwards) => {
        const ascending = listed.toSorted((a, b) => a - b);
        const window = createStrikeWindow(1);
        for (const forward of forwards) {
          const shown = window.around(ascending, forward, 0);
          const best = Math.min(...ascending.map((strike) => Math.abs(strike - forward)));
          expect(Math.min(...shown.map((strike) => Math.abs(strike - forward)))).toBe(best);
          expect(shown.length).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});
