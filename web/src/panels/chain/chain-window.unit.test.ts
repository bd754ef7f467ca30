import type { ChainView } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { strikeWindow } from './chain-window.ts';

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
