import { listedOn } from '@deltastream/reference';
import { expect, test } from 'vitest';
import type { OptionInstrument } from '../../instrument.ts';
import { createChainTurns } from './chain-turns.ts';

const option = (symbol: string, expiry: string, strike: number): OptionInstrument => ({
  ...{ kind: 'option', id: `${symbol} ${expiry} ${strike}`, listing: listedOn('NSE', symbol) },
  ...{ expiry, expiresAt: 0, strike, side: 'call', lotSize: null },
});

test('chains take turns, also while they come and go', () => {
  const turns = createChainTurns();
  const [near, more, far, other] = [
    option('NIFTY', '2026-12-01', 24_000),
    option('NIFTY', '2026-12-01', 24_100),
    option('NIFTY', '2026-12-29', 24_000),
    option('BANKNIFTY', '2026-12-29', 52_000),
  ];
  const all = [near, far, other, more];
  expect([1, 2, 3, 4].map(() => turns.next(all))).toEqual([[near, more], [far], [other], [near, more]]);
  // One that leaves and comes again waits behind the others.
  expect(turns.next([near, other])).toEqual([other]);
  expect([1, 2, 3].map(() => turns.next(all))).toEqual([[near, more], [other], [far]]);
  expect(turns.next([])).toEqual([]);
});
