import { expect, test } from 'vitest';
import { SHIPPED_REFERENCE, useReference } from '../facts.ts';
import { withOverride } from '../override.ts';
import { listedOn } from './products.ts';
import { settlementOf } from './settlement.ts';

const european = 'european';
test.each([
  ['NSE', 'NIFTY', '2026-12-29', { delivery: 'cash', style: european }],
  ['BSE', 'SENSEX', '2026-12-31', { delivery: 'cash', style: european }],
  ['NSE', 'RELIANCE', '2026-12-29', { delivery: 'physical', style: european }],
  ['NSE', 'RELIANCE', '2019-10-31', { delivery: 'physical', style: european }],
  ['NSE', 'RELIANCE', '2019-09-26', null],
  ['US', 'AAPL', '2026-12-18', { delivery: 'physical', style: 'american' }],
  ['US', 'SPY', '2026-12-18', { delivery: 'physical', style: 'american' }],
  ['US', 'SPXW', '2026-12-18', { delivery: 'cash', style: european }],
  ['DERIBIT', 'BTC', '2026-12-25', { delivery: 'cash', style: european }],
] as const)('contracts of %s %s of %s settle so', (exchange, symbol, expiry, expected) => {
  expect(settlementOf(listedOn(exchange, symbol), expiry)).toEqual(expected);
});

test("a user's file gives an earlier time", () => {
  const earlier = { from: '2001-07-02', delivery: 'cash', style: 'american', source: 'the test' };
  const file = { exchanges: { NSE: { settlement: { equity: [earlier] } } } };
  const restore = useReference(withOverride(SHIPPED_REFERENCE, file));
  try {
    const of = (expiry: string) => settlementOf(listedOn('NSE', 'RELIANCE'), expiry)?.delivery;
    expect([of('2009-01-29'), of('2026-12-29')]).toEqual(['cash', 'physical']);
  } finally {
    restore();
  }
});
