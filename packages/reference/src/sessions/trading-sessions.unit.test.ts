import { describe, expect, it } from 'vitest';
import { productInfo } from '../facts.ts';
import { sessionIsOpen } from './sessions.ts';
import { sessionsBefore, tradingSession } from './trading-sessions.ts';

const NIFTY = { exchange: 'NSE', kind: 'index' } as const;
const hours = (session: ReturnType<typeof tradingSession>) =>
  session && [session.fromMs, session.untilMs].map((at) => new Date(at).toISOString());

describe('the session of a date', () => {
  it.each([
    [
      'before the closing auction',
      NIFTY,
      '2026-07-31',
      ['2026-07-31T03:45:00.000Z', '2026-07-31T10:00:00.000Z'],
    ],
    [
      'with the closing auction',
      NIFTY,
      '2026-08-03',
      ['2026-08-03T03:45:00.000Z', '2026-08-03T10:10:00.000Z'],
    ],
    ['on a Sunday', NIFTY, '2026-08-02', null],
    ['on a holiday', NIFTY, '2019-05-01', null],
    [
      'with an early close',
      { exchange: 'US', kind: 'equity' } as const,
      '2025-11-28',
      ['2025-11-28T14:30:00.000Z', '2025-11-28T18:00:00.000Z'],
    ],
    [
      'of a market that never closes',
      { exchange: 'DERIBIT', kind: 'coin' } as const,
      '2026-08-02',
      ['2026-08-02T00:00:00.000Z', '2026-08-03T00:00:00.000Z'],
    ],
  ])('%s', (_what, market, date, expected) => {
    expect(hours(tradingSession(market, date))).toEqual(expected);
  });

  it('is where contracts trade, to the minute, for every kind of product', () => {
    for (const symbol of ['NIFTY', 'SENSEX', 'AAPL', 'SPY', 'BTC']) {
      const info = productInfo(symbol);
      if (info === null) throw new Error(symbol);
      for (const { fromMs, untilMs } of sessionsBefore(info, Date.UTC(2026, 10, 27), 5)) {
        expect(sessionIsOpen(info, fromMs)).toBe(true);
        expect(sessionIsOpen(info, untilMs - 1)).toBe(true);
        if (symbol !== 'BTC')
          expect([fromMs - 1, untilMs].map((at) => sessionIsOpen(info, at))).toEqual([false, false]);
      }
    }
  });
});

describe('sessions before an instant', () => {
  it('are the last that opened before it, over weekends and holidays, oldest first', () => {
    const dates = (at: string) => sessionsBefore(NIFTY, Date.parse(at), 3).map(({ date }) => date);
    expect(dates('2026-08-19T05:00:00Z')).toEqual(['2026-08-17', '2026-08-18', '2026-08-19']);
    // The opening itself is not before it.
    expect(dates('2026-08-19T03:45:00Z')).toEqual(['2026-08-14', '2026-08-17', '2026-08-18']);
    expect(dates('2019-05-02T02:00:00Z')).toEqual(['2019-04-26', '2019-04-30'].toSpliced(0, 0, '2019-04-25'));
    expect(sessionsBefore(NIFTY, Date.now(), 0)).toEqual([]);
  });
});
