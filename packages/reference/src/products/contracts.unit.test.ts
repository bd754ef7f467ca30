import { describe, expect, test } from 'vitest';
import { SHIPPED_REFERENCE, useReference } from '../facts.ts';
import { withOverride } from '../override.ts';
import { expiryInstant } from '../sessions/exchanges.ts';
import { lotSize } from './lot-sizes.ts';
import { contractExpiry, listedOn } from './products.ts';

const iso = (at: number) => new Date(at).toISOString();
const ceases = (symbol: string, expiry: string) => iso(contractExpiry(listedOn('US', symbol), expiry));

describe('series that settle at the opening', () => {
  test.each([
    ['RUT', '2026-07-17', '2026-07-17T13:30:00.000Z', 'a third Friday'],
    ['RUTW', '2026-07-17', '2026-07-17T20:00:00.000Z', 'the same day at the close, by its root'],
    ['RUT', '2026-07-31', '2026-07-31T20:00:00.000Z', 'not a third Friday'],
    ['NDX', '2026-01-16', '2026-01-16T14:30:00.000Z', 'in winter'],
    ['NDXP', '2026-01-16', '2026-01-16T21:00:00.000Z', 'the same day at the close'],
    ['DJX', '2026-07-17', '2026-07-17T13:30:00.000Z', 'the Dow'],
    ['SPX', '2019-04-18', '2019-04-18T13:30:00.000Z', 'the Thursday before Good Friday'],
    ['SPX', '2014-01-18', '2014-01-17T14:30:00.000Z', 'the Saturday that named it until 2015'],
    ['VIX', '2026-07-22', '2026-07-22T13:30:00.000Z', 'a Wednesday'],
    ['VIXW', '2026-07-29', '2026-07-29T13:30:00.000Z', 'weekly ones too'],
  ])('%s %s cease at %s: %s', (symbol, expiry, at) => expect(ceases(symbol, expiry)).toBe(at));
});

describe('contracts that settle at the close', () => {
  test.each([
    ['2025-11-28', '2025-11-28T18:00:00.000Z', 'the day after Thanksgiving'],
    ['2026-11-27', '2026-11-27T18:00:00.000Z', 'the next year'],
    ['2024-07-03', '2024-07-03T17:00:00.000Z', 'the day before Independence Day'],
    ['2026-11-30', '2026-11-30T21:00:00.000Z', 'an ordinary day'],
  ])('SPXW and AAPL of %s cease at %s: %s', (expiry, at) => {
    expect(ceases('SPXW', expiry)).toBe(at);
    expect(ceases('AAPL', expiry)).toBe(at);
  });

  test('of a Saturday or a holiday cease on the trading day before', () => {
    expect(ceases('AAPL', '2014-01-18')).toBe('2014-01-17T21:00:00.000Z');
    expect(iso(expiryInstant('NSE', '2026-03-31'))).toBe('2026-03-30T10:00:00.000Z');
    expect(iso(expiryInstant('DERIBIT', '2026-01-18'))).toBe('2026-01-18T08:00:00.000Z');
  });
});

describe('lots by listing', () => {
  const at = (date: string) => Date.parse(`${date}T12:00:00+05:30`);

  test.each([
    ['NIFTY', '2026-03-30', '2025-12-30', 75, 'a quarterly contract on the last day of its older lot'],
    ['NIFTY', '2026-03-30', '2025-12-31', 65, 'and the day after'],
    ['NIFTY', '2026-01-27', '2025-12-15', 65, 'a monthly contract listed with the newer lot'],
    ['NIFTY', '2025-12-30', '2025-12-30', 75, 'the last contract of the older one'],
    ['NIFTY', '2026-06-30', '2024-12-26', 25, 'a contract of long term before December 2024'],
    ['NIFTY', '2026-06-30', '2025-06-02', 75, 'and after it'],
    ['NIFTY', '2024-12-26', '2024-04-25', 50, 'before April 2024'],
    ['NIFTY', '2025-01-02', '2024-12-20', 75, 'a weekly contract listed in December 2024'],
    ['NIFTY', '2025-01-30', '2024-12-20', 25, 'the monthly one listed before'],
    ['BANKNIFTY', '2025-03-27', '2024-12-24', 15, 'quarterly, December 2024'],
    ['BANKNIFTY', '2025-03-27', '2024-12-26', 30, 'and after'],
    ['BANKNIFTY', '2025-09-30', '2025-04-24', 30, 'quarterly, April 2025'],
    ['BANKNIFTY', '2025-09-30', '2025-04-25', 35, 'and after'],
    ['BANKNIFTY', '2026-03-30', '2025-12-30', 35, 'quarterly, December 2025'],
    ['BANKNIFTY', '2026-03-30', '2026-01-01', 30, 'and after'],
    ['FINNIFTY', '2024-06-25', '2024-05-02', 40, 'kept until the contracts of July 2024'],
    ['FINNIFTY', '2024-07-30', '2024-07-08', 25, 'and those'],
    ['MIDCPNIFTY', '2024-07-29', '2024-07-08', 50, 'of July 2024'],
    ['MIDCPNIFTY', '2026-01-27', '2026-01-05', 120, 'of January 2026'],
    ['NIFTYNXT50', '2024-06-28', '2024-06-03', 10, 'at its launch'],
    ['SENSEX', '2025-03-28', '2024-12-27', 10, 'quarterly, December 2024'],
    ['SENSEX', '2025-03-28', '2024-12-30', 20, 'and after'],
    ['BANKEX', '2024-06-24', '2024-06-03', 15, 'before 2025'],
    ['SENSEX50', '2025-02-25', '2025-02-03', 60, 'in 2025'],
  ])('%s %s traded on %s has %i: %s', (product, expiry, traded, lot) => {
    expect(lotSize(product, expiry, at(traded))).toBe(lot);
  });

  test.each([
    ['BANKNIFTY', '2017-12-28', 40],
    ['BANKNIFTY', '2018-01-25', 40],
    ['ADANIPORTS', '2017-12-28', 2500],
    ['ADANIPORTS', '2019-10-31', 2500],
    ['RELIANCE', '2024-08-29', 250],
  ])('%s %s has %i, of a list that names it', (product, expiry, lot) => {
    expect(lotSize(product, expiry)).toBe(lot);
  });

  test.each([
    ['BANKNIFTY', '2018-02-22', 'between two lots that are known'],
    ['BANKNIFTY', '2017-10-26', 'before the first'],
    ['ADANIPORTS', '2018-12-27', 'of a stock, between two lists'],
    ['RELIANCE', '2026-01-27', 'of a stock, after the last list'],
    ['UNHEARD', '2026-01-27', 'of a stock that no list names'],
  ])('%s %s has none: %s', (product, expiry) => {
    expect(lotSize(product, expiry, at('2017-10-01'))).toBeNull();
  });

  test("a user's file gives any stock lots with effective dates, of its exchange alone", () => {
    const source = 'the test';
    const exchange = 'NSE';
    const restore = useReference(
      withOverride(SHIPPED_REFERENCE, {
        lots: {
          SBIN: [
            { exchange, expiries_from: '2026-08-01', expiries_until: '2026-10-31', lot: 750, source },
            { exchange, expiries_from: '2026-09-01', traded_until: '2026-08-14', lot: 1500, source },
          ],
        },
      }),
    );
    try {
      expect(lotSize('SBIN', '2026-09-29', at('2026-08-14'), 'NSE')).toBe(1500);
      expect(lotSize('SBIN', '2026-09-29', at('2026-08-17'), 'NSE')).toBe(750);
      expect(lotSize('SBIN', '2026-11-24', at('2026-08-17'), 'NSE')).toBeNull();
      expect(lotSize('SBIN', '2026-09-29', at('2026-08-17'), 'US')).toBeNull();
    } finally {
      restore();
    }
  });
});
