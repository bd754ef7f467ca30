import { exchangeDate, expiryInstant } from '@deltastream/reference';
import { describe, expect, it } from 'vitest';
import { listedExpiries, mostListed } from './listed-expiries.ts';
import { syntheticProduct } from './synthetic-config.ts';

const DAY_MS = 86_400_000;
const at = (instant: string, count: number, symbol = 'NIFTY') =>
  listedExpiries(syntheticProduct(symbol, {}), Date.parse(instant), count);

describe('the expiries that a generated product lists', () => {
  it('are the nearest, and the last of each month until one is 35 days away', () => {
    expect(at('2026-11-27T06:00:00Z', 3)).toEqual([
      ...['2026-12-01', '2026-12-08'],
      ...['2026-12-29', '2027-01-26'],
    ]);
    expect(at('2026-12-02T06:00:00Z', 3)).toEqual(['2026-12-08', '2026-12-15', '2026-12-29', '2027-01-26']);
    expect(at('2026-11-27T06:00:00Z', 5)).toEqual([
      ...['2026-12-01', '2026-12-08', '2026-12-15', '2026-12-22'],
      ...['2026-12-29', '2027-01-26'],
    ]);
  });

  it('are the nearest alone where one is asked for, and months where there are no weeks', () => {
    expect(at('2026-11-27T06:00:00Z', 1)).toEqual(['2026-12-01']);
    expect(at('2026-11-27T06:00:00Z', 3, 'BANKNIFTY')).toEqual(['2026-12-29', '2027-01-26', '2027-02-23']);
  });

  // One of each schedule: with weeks, months alone, of the US, with days of their own.
  it.each(['NIFTY', 'BANKNIFTY', 'SPY', 'BTC', 'SYN0001'])(
    'of %s stay until they expire, and are around 30 days at any time',
    (symbol) => {
      const product = syntheticProduct(symbol, {});
      const { exchange } = product.info;
      let before: string[] = [];
      for (let atMs = Date.UTC(2026, 7, 1); atMs < Date.UTC(2026, 11, 20); atMs += 7 * 3_600_000) {
        const listed = listedExpiries(product, atMs, 3);
        const today = exchangeDate(exchange, atMs);
        const gone = before.filter((date) => expiryInstant(exchange, date) > atMs && !listed.includes(date));
        expect(gone).toEqual([]);
        expect(listed.length).toBeGreaterThanOrEqual(3);
        expect(listed.length).toBeLessThanOrEqual(mostListed(3));
        const furthest = Date.parse(listed.at(-1) ?? '') - Date.parse(today);
        expect(furthest).toBeGreaterThan(30 * DAY_MS);
        before = listed;
      }
    },
  );
});
