import type { ChainView } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { nearestExpiry, strikeWindow } from './chain-window.ts';

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

describe('nearest expiry', () => {
  const at = (expiry: string, seen: string) => ({
    expiry,
    expiry_at: `${expiry}T10:00:00.000Z`,
    last_timestamp: `${seen}T09:00:00.000Z`,
  });
  it('is the first one open when the product was last seen', () => {
    const expiries = [
      at('2026-08-18', '2026-08-18'),
      at('2026-08-25', '2026-08-19'),
      at('2026-09-29', '2026-08-19'),
    ];
    expect(nearestExpiry(expiries)).toBe('2026-08-25');
    expect(nearestExpiry([at('2026-08-18', '2026-08-18')])).toBe('2026-08-18');
    expect(nearestExpiry([at('2026-08-18', '2026-08-20')])).toBe('2026-08-18');
    expect(nearestExpiry([])).toBeNull();
  });
});
