import type { ChainView } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { barScale, partsOf, strikeWindow } from './chain-window.ts';

const chain = (count: number, atm: number | null) =>
  ({ strikes: Array.from({ length: count }, (_, i) => i * 10), atm_strike: atm }) as ChainView;

describe('strike window', () => {
  it.each([
    ['around the money', chain(100, 500), 10, [40, 61]],
    ['at the lower end', chain(100, 30), 10, [0, 14]],
    ['at the upper end', chain(100, 990), 10, [89, 100]],
    ['without a money strike: the middle', chain(100, null), 10, [40, 61]],
    ['everything', chain(100, 500), 0, [0, 100]],
    ['an empty chain', chain(0, null), 10, [0, 0]],
  ])('%s', (_name, view, each, expected) => {
    expect(strikeWindow(view, each)).toEqual(expected);
  });
});

describe('scale of bars', () => {
  const scaleOf = (...changes: (number | null)[]) =>
    barScale(
      { calls: changes.map((open_interest_change) => ({ open_interest_change })), puts: [null] } as never,
      'open_interest_change',
    );
  it('is the most of either sign, and stays while that moves a little', () => {
    expect(scaleOf(48_120, -12)).toBe(49_000);
    expect(scaleOf(48_930, -12)).toBe(49_000);
    expect(scaleOf(7, -230)).toBe(230);
    expect(scaleOf(3)).toBe(3);
  });

  it('is 1 where there are none', () => expect(scaleOf(null, 0)).toBe(1));
});

it('divides the rows of a long chain only', () => {
  expect(partsOf(5, 46)).toEqual([[5, 46]]);
  expect(partsOf(0, 85)).toEqual([
    [0, 20],
    [20, 40],
    [40, 60],
    [60, 80],
    [80, 85],
  ]);
});
