import { describe, expect, test } from 'vitest';
import type { Exchange } from '../schema.ts';
import { expiryDoubt, monthlyExpiries, scheduledExpiries } from './expiry-schedule.ts';

describe('an expiry that falls on a holiday is the trading day before it', () => {
  test.each([
    ['NIFTY', '2019-08-14', '2019-08-14'],
    ['NIFTY', '2026-02-26', '2026-03-02'],
    ['NIFTY', '2026-03-30', '2026-03-30'],
    ['NIFTY', '2026-04-08', '2026-04-13'],
    ['NIFTY', '2026-10-15', '2026-10-19'],
    ['NIFTY', '2026-11-05', '2026-11-09'],
    ['NIFTY', '2026-11-18', '2026-11-23'],
    ['SENSEX', '2026-03-24', '2026-03-25'],
    ['SENSEX', '2026-05-22', '2026-05-27'],
    ['BANKNIFTY', '2026-03-25', '2026-03-30'],
    ['SPY', '2026-04-01', '2026-04-02'],
  ])('%s from %s: %s', (product, from, expiry) => {
    expect(scheduledExpiries(product, from, 1)).toEqual([expiry]);
  });

  test('and the days after it have the next one', () => {
    expect(scheduledExpiries('NIFTY', '2026-04-14', 1)).toEqual(['2026-04-21']);
    expect(scheduledExpiries('NIFTY', '2019-08-16', 2)).toEqual(['2019-08-22', '2019-08-29']);
  });
});

describe('schedules by effective date', () => {
  test.each([
    ['BANKNIFTY', '2016-05-20', ['2016-05-26', '2016-06-02', '2016-06-09']],
    ['BANKNIFTY', '2018-10-15', ['2018-10-17', '2018-10-25', '2018-11-01']],
    ['BANKNIFTY', '2019-03-15', ['2019-03-20', '2019-03-28', '2019-04-04']],
    ['BANKNIFTY', '2023-08-28', ['2023-08-31', '2023-09-06', '2023-09-13']],
    ['BANKNIFTY', '2023-09-21', ['2023-09-28', '2023-10-04']],
    ['BANKNIFTY', '2024-02-15', ['2024-02-21', '2024-02-29', '2024-03-06']],
    ['BANKNIFTY', '2024-03-21', ['2024-03-27', '2024-04-03', '2024-04-10']],
    ['BANKNIFTY', '2024-11-07', ['2024-11-13', '2024-11-27', '2024-12-24']],
    ['BANKNIFTY', '2024-12-26', ['2025-01-30', '2025-02-27']],
    ['BANKNIFTY', '2025-08-25', ['2025-08-28', '2025-09-30']],
    ['FINNIFTY', '2021-10-11', ['2021-10-14', '2021-10-19', '2021-10-26']],
    ['FINNIFTY', '2024-11-13', ['2024-11-19', '2024-11-26', '2024-12-31', '2025-01-30']],
    ['MIDCPNIFTY', '2023-08-10', ['2023-08-16', '2023-08-21', '2023-08-28']],
    ['MIDCPNIFTY', '2024-11-12', ['2024-11-18', '2024-11-25', '2024-12-30', '2025-01-30']],
    ['NIFTY', '2025-08-25', ['2025-08-28', '2025-09-02', '2025-09-09']],
    ['SENSEX', '2023-05-15', ['2023-05-19', '2023-05-26']],
    ['SENSEX', '2024-12-24', ['2024-12-27', '2025-01-07', '2025-01-14']],
    ['SENSEX', '2025-08-20', ['2025-08-26', '2025-09-04', '2025-09-11']],
    ['BANKEX', '2023-10-09', ['2023-10-13', '2023-10-16', '2023-10-23']],
    ['BANKEX', '2024-11-12', ['2024-11-18', '2024-11-25', '2024-12-30', '2025-01-28']],
    ['NIFTYNXT50', '2024-12-20', ['2024-12-27', '2025-01-30']],
  ])('%s from %s', (product, from, expiries) => {
    expect(scheduledExpiries(product, from, expiries.length)).toEqual(expiries);
  });

  test('monthly ones go on for as long as they are asked for, from the same rules', () => {
    const next = (product: string, from: string) => {
      const dates = monthlyExpiries(product, from);
      return [1, 2, 3].flatMap(() => dates.next().value ?? []);
    };
    expect(next('NIFTY', '2025-08-25')).toEqual(['2025-08-28', '2025-09-30', '2025-10-28']);
    expect(next('BTC', '2026-11-26')).toEqual(['2026-11-27', '2026-12-25', '2027-01-29']);
    expect(next('SENSEX', '2019-01-01')).toEqual([]);
  });

  test('none is made up for a time before the first rule', () => {
    expect(scheduledExpiries('MIDCPNIFTY', '2022-06-01', 1)).toEqual([]);
    expect(scheduledExpiries('SENSEX', '2019-01-01', 1)).toEqual([]);
  });
});

describe('an expiry that an exchange lists', () => {
  const doubt = (symbol: string, expiry: string, exchange: Exchange = 'NSE') =>
    expiryDoubt({ symbol, exchange }, expiry, '2026-11-27');

  test.each([
    ['NIFTY', '2026-12-01', null, 'a weekly one'],
    ['NIFTY', '2026-12-29', null, 'the monthly one'],
    ['NIFTY', '2026-12-03', 'not_scheduled', 'a Thursday, on which they were before'],
    ['NIFTY', '2026-11-23', null, 'the Monday before a holiday on Tuesday'],
    ['NIFTY', '2026-11-24', 'no_session', 'that holiday'],
    ['NIFTY', '2026-11-28', 'no_session', 'a Saturday'],
    ['NIFTY', '2027-01-05', 'calendar_unknown', 'beyond the calendar'],
    ['RELIANCE', '2026-12-03', null, 'a product without a rule'],
    ['RELIANCE', '2026-12-25', 'no_session', 'Christmas'],
  ] as const)('%s %s is %s: %s', (symbol, expiry, expected, _what) =>
    expect(doubt(symbol, expiry)).toBe(expected),
  );

  test('is expected where a rule does not name every one, and of a namesake elsewhere', () => {
    expect(doubt('BTC', '2026-12-02', 'DERIBIT')).toBeNull();
    expect(doubt('SPY', '2026-12-01', 'US')).toBeNull();
    expect(doubt('SPY', '2026-12-25', 'US')).toBe('no_session');
    expect(doubt('NIFTY', '2026-12-03', 'BSE')).toBeNull();
  });
});
