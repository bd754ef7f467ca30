import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { SHIPPED_REFERENCE, useReference } from '../facts.ts';
import type { Exchange, ProductKind } from '../schema.ts';
import { marketTimes } from './market-times.ts';
import { sessionPhase } from './sessions.ts';

const times = (exchange: Exchange, kind: ProductKind, time: string) => {
  const found = marketTimes({ exchange, kind }, Date.parse(time));
  const text = (atMs: number | null) => atMs && new Date(atMs).toISOString();
  return found && [found.phase, text(found.quotesAsOf), text(found.openInterestAsOf)];
};

describe('where a market stands, and what it shows is from', () => {
  const NSE_CLOSE = '2026-08-14T10:10:00.000Z';
  test.each([
    ['in the session', '2026-08-17T11:00:00+05:30', 'continuous', '2026-08-17T05:30:00.000Z'],
    ['at its opening', '2026-08-17T09:15:00+05:30', 'continuous', '2026-08-17T03:45:00.000Z'],
    ['in the closing auction', '2026-08-17T15:20:00+05:30', 'closing_auction', '2026-08-17T09:50:00.000Z'],
    ['after it', '2026-08-14T17:00:00+05:30', 'closed', NSE_CLOSE],
    ['on a Sunday', '2026-08-16T12:00:00+05:30', 'closed', NSE_CLOSE],
    ['before the opening', '2026-08-17T09:07:00+05:30', 'pre_open', NSE_CLOSE],
  ])('NSE %s: open interest is as new as the quotes', (_when, time, phase, from) => {
    expect(times('NSE', 'index', time)).toEqual([phase, from, from]);
  });

  test.each([
    [
      'in the session',
      '2026-07-15T11:00:00-04:00',
      'continuous',
      '2026-07-15T15:00:00.000Z',
      '2026-07-14T20:15:00.000Z',
    ],
    [
      'after it',
      '2026-07-15T18:00:00-04:00',
      'closed',
      '2026-07-15T20:15:00.000Z',
      '2026-07-14T20:15:00.000Z',
    ],
    [
      'before the next',
      '2026-07-16T09:00:00-04:00',
      'closed',
      '2026-07-15T20:15:00.000Z',
      '2026-07-14T20:15:00.000Z',
    ],
    [
      'after an early close',
      '2026-11-28T12:00:00-05:00',
      'closed',
      '2026-11-27T18:15:00.000Z',
      '2026-11-25T21:15:00.000Z',
    ],
  ])('US indices %s: open interest is of the close before', (_when, time, phase, quotes, openInterest) => {
    expect(times('US', 'index', time)).toEqual([phase, quotes, openInterest]);
  });

  it('is always now where there is a session every day', () => {
    const midnight = '2026-08-16T00:00:00.000Z';
    expect(times('DERIBIT', 'coin', midnight)).toEqual(['continuous', midnight, midnight]);
  });

  it('is not said of a day that no calendar covers, nor of a session of unknown hours and before the next', () => {
    expect(times('NSE', 'index', '2027-01-04T11:00:00+05:30')).toBeNull();
    expect(times('NSE', 'index', '2026-11-08T18:30:00+05:30'), 'Muhurat').toBeNull();
    expect(times('NSE', 'index', '2026-11-09T08:00:00+05:30')).toEqual(['closed', null, null]);
    expect(times('NSE', 'index', '2026-11-09T11:00:00+05:30')?.[0]).toBe('continuous');
  });

  it('follows another exchange, another kind and other facts at once', () => {
    const at = '2026-07-15T16:10:00-04:00';
    expect([times('US', 'index', at)?.[0], times('US', 'equity', at)?.[0]]).toEqual(['continuous', 'closed']);
    const { exchanges } = SHIPPED_REFERENCE;
    const live = { ...exchanges.US, open_interest: { as_of: 'live' as const, source: 'a test' } };
    const restore = useReference({ ...SHIPPED_REFERENCE, exchanges: { ...exchanges, US: live } });
    expect(times('US', 'index', at)?.[2]).toBe('2026-07-15T20:10:00.000Z');
    restore();
    expect(times('US', 'index', at)?.[2]).toBe('2026-07-14T20:15:00.000Z');
  });

  it('has the phase that is found without remembering a day', () => {
    const markets = [
      { exchange: 'NSE', kind: 'index' },
      { exchange: 'US', kind: 'fund' },
    ] as const;
    const instant = fc.integer({ min: Date.UTC(2023, 0, 2), max: Date.UTC(2026, 9, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...markets), instant, (market, atMs) => {
        // Where it is not known, as on a Muhurat Sunday, the phase alone is `closed`.
        expect(marketTimes(market, atMs)?.phase ?? 'closed').toBe(sessionPhase(market, atMs));
      }),
      { numRuns: 500 },
    );
  });
});
