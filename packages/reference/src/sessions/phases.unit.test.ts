import { describe, expect, test } from 'vitest';
import type { Exchange, ProductKind } from '../schema.ts';
import { closeOn } from './exchanges.ts';
import { barStart, calendarIsUnknown, quotedAt, sessionPhase, spotIsFrozen } from './sessions.ts';
import { tradingDate } from './trading-days.ts';

const ms = (text: string) => Date.parse(text);
const iso = (at: number) => new Date(at).toISOString();
const phase = (exchange: Exchange, time: string, kind?: ProductKind) =>
  sessionPhase({ exchange, kind }, ms(time));

describe('phases of a day', () => {
  test.each([
    ['08:59', 'closed'],
    ['09:00', 'pre_open'],
    ['09:15', 'continuous'],
    ['15:14', 'continuous'],
    ['15:15', 'closing_auction'],
    ['15:34', 'closing_auction'],
    ['15:35', 'settlement_known'],
    ['15:40', 'post_close'],
    ['16:00', 'closed'],
  ])('NSE on 3 August 2026 at %s: %s', (time, expected) => {
    expect(phase('NSE', `2026-08-03T${time}:00+05:30`)).toBe(expected);
    expect(phase('BSE', `2026-08-03T${time}:00+05:30`)).toBe(expected);
  });

  test('had no auction before, and no pre-open session before October 2010', () => {
    expect(phase('NSE', '2026-07-31T15:20:00+05:30')).toBe('continuous');
    expect(phase('NSE', '2026-07-31T15:30:00+05:30')).toBe('post_close');
    expect(phase('NSE', '2010-10-15T09:05:00+05:30')).toBe('continuous');
    expect(phase('NSE', '2010-10-18T09:05:00+05:30')).toBe('pre_open');
  });

  test.each([
    ['NSE', '2026-11-10T11:00:00+05:30', 'closed', 'a holiday'],
    ['NSE', '2026-11-09T11:00:00+05:30', 'continuous', 'the day before it'],
    ['NSE', '2025-10-21T11:00:00+05:30', 'closed', 'Diwali by day'],
    ['NSE', '2025-10-21T14:00:00+05:30', 'continuous', 'its Muhurat session'],
    ['NSE', '2025-10-21T14:45:00+05:30', 'closed', 'after it'],
    ['NSE', '2025-02-01T11:00:00+05:30', 'continuous', 'the Saturday of a budget'],
    ['NSE', '2026-11-08T18:30:00+05:30', 'closed', 'a Muhurat session whose hours are not known'],
    ['US', '2026-11-26T12:00:00-05:00', 'closed', 'Thanksgiving'],
    ['US', '2026-11-27T12:59:00-05:00', 'continuous', 'the day after, before its early close'],
    ['US', '2026-11-27T13:00:00-05:00', 'closed', 'and after'],
  ] as const)('%s at %s is %s: %s', (exchange, time, expected, _why) => {
    expect(phase(exchange, time, exchange === 'US' ? 'equity' : 'index')).toBe(expected);
  });

  test('US index options trade a quarter of an hour longer than those on shares', () => {
    expect(phase('US', '2026-07-15T16:10:00-04:00', 'index')).toBe('continuous');
    expect(phase('US', '2026-07-15T16:10:00-04:00', 'equity')).toBe('closed');
    expect(phase('US', '2026-11-27T13:10:00-05:00', 'index')).toBe('continuous');
    expect(phase('US', '2026-11-27T13:15:00-05:00', 'index')).toBe('closed');
  });
});

test('the spot of India is frozen from 15:15 until 15:35 on trading days from 3 August 2026', () => {
  const frozen = (time: string) => spotIsFrozen({ exchange: 'NSE', kind: 'index' }, ms(time));
  expect(frozen('2026-08-03T15:14:59.999+05:30')).toBe(false);
  expect(frozen('2026-08-03T15:15:00+05:30')).toBe(true);
  expect(frozen('2026-08-03T15:34:59.999+05:30')).toBe(true);
  expect(frozen('2026-08-03T15:35:00+05:30')).toBe(false);
  expect(frozen('2026-07-31T15:20:00+05:30')).toBe(false);
  expect(frozen('2026-09-14T15:20:00+05:30'), 'a holiday').toBe(false);
  expect(spotIsFrozen({ exchange: 'US', kind: 'index' }, ms('2026-08-03T15:20:00-04:00'))).toBe(false);
});

test('what no calendar covers is said', () => {
  const unknown = (exchange: Exchange, time: string, expiry: string) =>
    calendarIsUnknown(exchange, ms(time), expiry);
  expect(unknown('NSE', '2026-12-31T10:00:00+05:30', '2026-12-31')).toBe(false);
  expect(unknown('NSE', '2027-01-01T10:00:00+05:30', '2027-01-05')).toBe(true);
  expect(unknown('NSE', '2026-12-28T10:00:00+05:30', '2027-01-05')).toBe(true);
  expect(unknown('NSE', '2009-12-31T10:00:00+05:30', '2009-12-31')).toBe(true);
  expect(unknown('NSE', '2026-11-08T18:30:00+05:30', '2026-11-09'), 'Muhurat of unknown hours').toBe(true);
  expect(unknown('US', '2027-11-19T10:00:00-05:00', '2027-11-19')).toBe(false);
  expect(unknown('US', '2026-11-19T10:00:00-05:00', '2027-11-22')).toBe(true);
  expect(unknown('DERIBIT', '2031-01-01T10:00:00Z', '2032-01-01')).toBe(false);
});

describe('bars of a day', () => {
  const DAY = 86_400_000;
  test.each([
    ['NSE', '2026-08-17T09:07:00+05:30', '2026-08-17T03:45:00.000Z', 'before the opening of a Monday'],
    ['NSE', '2026-08-17T12:00:00+05:30', '2026-08-17T03:45:00.000Z', 'within its session'],
    ['NSE', '2026-08-17T17:00:00+05:30', '2026-08-17T03:45:00.000Z', 'after its close'],
    ['NSE', '2026-08-15T12:00:00+05:30', '2026-08-14T03:45:00.000Z', 'on a Saturday'],
    ['NSE', '2026-11-10T12:00:00+05:30', '2026-11-09T03:45:00.000Z', 'on a holiday'],
    ['NSE', '2025-10-21T14:00:00+05:30', '2025-10-21T08:15:00.000Z', 'in a Muhurat session'],
    ['US', '2026-07-03T12:00:00-04:00', '2026-07-02T13:30:00.000Z', 'on a holiday of New York'],
    ['DERIBIT', '2026-08-16T03:00:00Z', '2026-08-16T00:00:00.000Z', 'on a Sunday of a market that trades on'],
  ] as const)('%s %s belongs to %s: %s', (exchange, time, start, _why) => {
    expect(iso(barStart(exchange, DAY, ms(time)))).toBe(start);
  });
});

test('quotes shown on a holiday are from the close of the last session', () => {
  expect(iso(quotedAt('US', ms('2026-07-04T00:23:00-04:00')))).toBe('2026-07-02T20:00:00.000Z');
  expect(iso(quotedAt('US', ms('2026-07-03T12:00:00-04:00')))).toBe('2026-07-02T20:00:00.000Z');
  expect(iso(quotedAt('US', ms('2026-11-28T12:00:00-05:00')))).toBe('2026-11-27T18:00:00.000Z');
});

test('a special session is a trading date, a holiday is not', () => {
  expect(tradingDate('NSE', ms('2026-11-08T18:30:00+05:30'))).toBe('2026-11-08');
  expect(tradingDate('NSE', ms('2026-11-10T11:00:00+05:30'))).toBe('2026-11-09');
});

test('a report of a special session is from its own close', () => {
  expect(iso(closeOn('NSE', '2025-10-21'))).toBe('2025-10-21T09:15:00.000Z');
  expect(iso(closeOn('NSE', '2025-02-01'))).toBe('2025-02-01T10:00:00.000Z');
  expect(iso(closeOn('NSE', '2026-11-08')), 'its hours are not known').toBe('2026-11-08T10:10:00.000Z');
  expect(iso(closeOn('US', '2026-11-27'))).toBe('2026-11-27T18:00:00.000Z');
  expect(closeOn('NSE', 'tomorrow')).toBeNaN();
});
