import { describe, expect, test } from 'vitest';
import { dayNumber, fromExchangeDate, weekdayOf } from './dates/calendar-date.ts';
import { productInfo } from './facts.ts';
import { scheduledExpiries } from './products/expiry-schedule.ts';
import { lotSize } from './products/lot-sizes.ts';
import { contractExpiry, knownProducts, listedOn } from './products/products.ts';
import { exchangeDate, expiryInstant } from './sessions/exchanges.ts';
import { barStart, currentSessionStart, quotedAt, sessionIsOpen, sessionStart } from './sessions/sessions.ts';
import { tradingDate } from './sessions/trading-days.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const ms = (text: string) => Date.parse(text);
const MINUTE = 60_000;

describe('expiry instant', () => {
  test.each([
    ['NSE', '2026-07-28', '2026-07-28T10:00:00.000Z'],
    ['NSE', '2026-07-31', '2026-07-31T10:00:00.000Z'],
    ['NSE', '2026-08-03', '2026-08-03T10:10:00.000Z'],
    ['NSE', '2019-02-14', '2019-02-14T10:00:00.000Z'],
    ['DERIBIT', '2026-01-30', '2026-01-30T08:00:00.000Z'],
    ['US', '2026-01-16', '2026-01-16T21:00:00.000Z'],
    ['US', '2026-07-17', '2026-07-17T20:00:00.000Z'],
    ['US', '2026-03-09', '2026-03-09T20:00:00.000Z'],
    ['US', '2026-03-06', '2026-03-06T21:00:00.000Z'],
    ['US', '2015-12-24', '2015-12-24T18:00:00.000Z'],
    ['US', '2015-12-28', '2015-12-28T21:00:00.000Z'],
    ['US', '2023-07-03', '2023-07-03T17:00:00.000Z'],
    ['US', '2023-07-05', '2023-07-05T20:00:00.000Z'],
  ] as const)('%s %s', (exchange, expiry, expected) => {
    expect(iso(expiryInstant(exchange, expiry))).toBe(expected);
  });

  test('is NaN for what is not a date', () => {
    expect(expiryInstant('NSE', '2026-02-30')).toBeNaN();
    expect(expiryInstant('NSE', 'tomorrow')).toBeNaN();
  });
});

describe('sessions and bars', () => {
  test('a session opens at its local hour, daylight saving included', () => {
    expect(iso(sessionStart('NSE', ms('2026-08-19T05:57:00Z')))).toBe('2026-08-19T03:45:00.000Z');
    expect(iso(sessionStart('US', ms('2026-08-12T15:00:00Z')))).toBe('2026-08-12T13:30:00.000Z');
    expect(iso(sessionStart('US', ms('2026-01-12T15:00:00Z')))).toBe('2026-01-12T14:30:00.000Z');
    expect(iso(sessionStart('DERIBIT', ms('2026-01-12T15:00:00Z')))).toBe('2026-01-12T00:00:00.000Z');
  });

  test('the day is the exchange’s own day', () => {
    expect(iso(sessionStart('NSE', ms('2026-08-18T20:00:00Z')))).toBe('2026-08-19T03:45:00.000Z');
    expect(exchangeDate('NSE', ms('2026-08-18T18:29:59Z'))).toBe('2026-08-18');
    expect(exchangeDate('NSE', ms('2026-08-18T18:30:00Z'))).toBe('2026-08-19');
  });

  test('an instant before the opening belongs to the session before', () => {
    expect(iso(currentSessionStart('NSE', ms('2026-08-19T03:44:59Z')))).toBe('2026-08-18T03:45:00.000Z');
    expect(iso(currentSessionStart('NSE', ms('2026-08-19T03:45:00Z')))).toBe('2026-08-19T03:45:00.000Z');
  });

  test('bars are aligned to the opening', () => {
    expect(iso(barStart('NSE', 60 * MINUTE, ms('2026-08-19T05:57:00Z')))).toBe('2026-08-19T05:45:00.000Z');
    expect(iso(barStart('NSE', 15 * MINUTE, ms('2026-08-19T03:45:00Z')))).toBe('2026-08-19T03:45:00.000Z');
    expect(iso(barStart('US', 60 * MINUTE, ms('2026-08-12T14:29:59.999Z')))).toBe('2026-08-12T13:30:00.000Z');
  });

  test('bars before the opening are counted backwards from it', () => {
    expect(iso(barStart('NSE', 60 * MINUTE, ms('2026-08-19T03:30:00Z')))).toBe('2026-08-19T02:45:00.000Z');
    expect(iso(barStart('NSE', MINUTE, ms('2026-08-19T03:44:59.999Z')))).toBe('2026-08-19T03:44:00.000Z');
  });
});

describe('open sessions', () => {
  const openAt = (exchange: 'NSE' | 'BSE' | 'US' | 'DERIBIT', time: string) =>
    sessionIsOpen({ exchange }, Date.parse(time));

  test('begin at the opening and end before the close, where the exchange is', () => {
    expect(openAt('NSE', '2026-07-31T09:14:59.999+05:30')).toBe(false);
    expect(openAt('NSE', '2026-07-31T09:15:00+05:30')).toBe(true);
    expect(openAt('NSE', '2026-07-31T15:29:59.999+05:30')).toBe(true);
    expect(openAt('NSE', '2026-07-31T15:30:00+05:30')).toBe(false);
    expect(openAt('US', '2026-01-15T09:30:00-05:00')).toBe(true);
    expect(openAt('US', '2026-07-15T16:00:00-04:00')).toBe(false);
  });

  test('last longer in India from 3 August 2026 on', () => {
    expect(openAt('NSE', '2026-08-03T15:39:59+05:30')).toBe(true);
    expect(openAt('BSE', '2026-08-03T15:40:00+05:30')).toBe(false);
  });

  test('are not held on weekends and known holidays, and never end at Deribit', () => {
    expect(openAt('NSE', '2026-08-01T11:00:00+05:30')).toBe(false);
    expect(openAt('NSE', '2019-05-01T11:00:00+05:30')).toBe(false);
    expect(openAt('DERIBIT', '2026-08-01T03:00:00Z')).toBe(true);
  });
});

describe('trading date', () => {
  test.each([
    ['NSE', '2019-05-03T03:30:00Z', '2019-05-03'],
    ['NSE', '2019-05-03T03:45:00Z', '2019-05-03'],
    ['NSE', '2019-03-21T06:00:00Z', '2019-03-20'],
    ['NSE', '2019-02-10T06:00:00Z', '2019-02-08'],
    ['DERIBIT', '2026-01-18T06:00:00Z', '2026-01-18'],
  ] as const)('%s at %s is %s', (exchange, at, date) => {
    expect(tradingDate(exchange, ms(at))).toBe(date);
  });
});

describe('the instant that quotes are from', () => {
  test.each([
    ['US', '2022-06-10T15:00:00Z', '2022-06-10T15:00:00.000Z', 'within the session'],
    ['US', '2022-06-10T23:00:00Z', '2022-06-10T20:00:00.000Z', 'in the evening'],
    ['US', '2022-06-12T00:47:00Z', '2022-06-10T20:00:00.000Z', 'at the weekend'],
    ['US', '2022-06-20T15:00:00Z', '2022-06-17T20:00:00.000Z', 'on a holiday'],
    ['US', '2022-06-21T13:29:59Z', '2022-06-17T20:00:00.000Z', 'before the opening'],
    ['US', '2022-11-25T19:00:00Z', '2022-11-25T18:00:00.000Z', 'after an early close'],
    ['NSE', '2026-08-19T10:05:00Z', '2026-08-19T10:05:00.000Z', 'within the longer session'],
    ['NSE', '2026-08-19T10:30:00Z', '2026-08-19T10:10:00.000Z', 'after it'],
  ] as const)('%s %s is %s: %s', (exchange, shown, from, _why) => {
    expect(iso(quotedAt(exchange, ms(shown)))).toBe(from);
  });
});

test('contracts settled at the opening cease at it', () => {
  const ceases = (symbol: string, expiry: string) => iso(contractExpiry(listedOn('US', symbol), expiry));
  expect(ceases('SPX', '2022-06-17')).toBe('2022-06-17T13:30:00.000Z');
  expect(ceases('SPXW', '2022-06-17')).toBe('2022-06-17T20:00:00.000Z');
  expect(ceases('UNHEARD', '2022-12-16')).toBe('2022-12-16T21:00:00.000Z');
});

test('a product that is not known is listed with what its exchange has in common', () => {
  expect(listedOn('NSE', 'NIFTY')).toBe(productInfo('NIFTY'));
  expect(listedOn('NSE', 'RELIANCE')).toMatchObject({ symbol: 'RELIANCE', currency: 'INR', priceTick: null });
  expect(listedOn('US', 'NIFTY'), 'a namesake elsewhere is another product').toMatchObject({
    exchange: 'US',
    currency: 'USD',
  });
});

describe('lots', () => {
  test.each([
    ['NIFTY', '2018-10-25', 75],
    ['NIFTY', '2021-07-22', 75],
    ['NIFTY', '2021-07-29', 50],
    ['NIFTY', '2024-06-20', 25],
    ['NIFTY', '2025-12-30', 75],
    ['NIFTY', '2026-01-06', 65],
    ['BANKNIFTY', '2018-11-01', 20],
    ['BANKNIFTY', '2021-05-20', 25],
    ['BANKNIFTY', '2025-06-26', 30],
    ['BANKNIFTY', '2025-07-31', 35],
    ['BANKNIFTY', '2026-01-27', 30],
    ['FINNIFTY', '2026-01-27', 60],
    ['BTC', '2026-01-30', 1],
  ])('%s %s', (product, expiry, lot) => expect(lotSize(product, expiry)).toBe(lot));

  test('are null where nothing is known', () => {
    expect(lotSize('UNHEARD', '2026-01-30')).toBeNull();
    expect(lotSize('constructor', '2026-01-30')).toBeNull();
    expect(lotSize('SENSEX', '2019-01-31')).toBeNull();
  });

  test('every product has a lot today', () => {
    for (const symbol of knownProducts()) expect(lotSize(symbol, '2026-08-25'), symbol).toBeGreaterThan(0);
  });
});

test('an unknown product has no information', () => {
  expect(productInfo('NIFTY')).toMatchObject({ exchange: 'NSE', currency: 'INR', priceTick: 0.05 });
  expect(productInfo('UNHEARD')).toBeNull();
});

describe('scheduled expiries', () => {
  test.each([
    ['NIFTY', '2018-10-15', ['2018-10-25', '2018-11-29']],
    ['NIFTY', '2019-02-11', ['2019-02-14', '2019-02-21']],
    ['NIFTY', '2019-03-15', ['2019-03-20', '2019-03-28']],
    ['NIFTY', '2026-08-19', ['2026-08-25', '2026-09-01', '2026-09-08', '2026-09-15']],
    ['BANKNIFTY', '2026-08-19', ['2026-08-25', '2026-09-29']],
    ['SENSEX', '2026-08-19', ['2026-08-20', '2026-08-27']],
    ['AAPL', '2026-08-19', ['2026-08-21', '2026-08-28']],
    ['BTC', '2026-08-19', ['2026-08-19', '2026-08-20', '2026-08-21', '2026-08-28']],
  ])('%s from %s', (product, from, expected) => {
    expect(scheduledExpiries(product, from, expected.length)).toEqual(expected);
  });

  test('include the day itself and need a known rule', () => {
    expect(scheduledExpiries('NIFTY', '2026-08-25', 1)).toEqual(['2026-08-25']);
    expect(scheduledExpiries('NIFTY', '2019-03-21', 1)).toEqual(['2019-03-28']);
    expect(scheduledExpiries('UNHEARD', '2026-08-25', 1)).toEqual([]);
    expect(scheduledExpiries('SENSEX', '2019-01-01', 1)).toEqual([]);
  });
});

test.each([
  ['NSE', '2026-08-19T03:44:59.999Z', false],
  ['NSE', '2026-08-19T03:45:00.000Z', true],
  ['NSE', '2026-08-19T10:09:59.999Z', true],
  ['NSE', '2026-08-19T10:10:00.000Z', false],
  ['NSE', '2026-08-22T05:00:00.000Z', false],
  ['US', '2026-01-15T14:30:00.000Z', true],
  ['US', '2026-07-15T13:30:00.000Z', true],
  ['US', '2026-07-15T20:00:00.000Z', false],
  ['DERIBIT', '2026-08-22T23:00:00.000Z', true],
] as const)('%s at %s is in session: %s', (exchange, at, expected) => {
  expect(sessionIsOpen({ exchange }, ms(at))).toBe(expected);
});

test('exchange dates', () => {
  expect(fromExchangeDate('25-Aug-2026')).toBe('2026-08-25');
  expect(fromExchangeDate('01-AUG-2019')).toBe('2019-08-01');
  expect(fromExchangeDate('31-Feb-2026')).toBeNull();
  expect(fromExchangeDate('25-Foo-2026')).toBeNull();
  expect(weekdayOf(dayNumber('2026-08-25'))).toBe(2);
});
