import { dateOfDay, dayNumber } from './calendar-date.ts';
import { fixedZone, ianaZone, type TimeZone } from './time-zone.ts';

export type Exchange = 'NSE' | 'BSE' | 'US' | 'DERIBIT';

/** A value that holds from a calendar date of the exchange on, until the next one. */
export interface Dated<T> {
  readonly from: string;
  readonly value: T;
}

export interface ExchangeHours {
  readonly zone: TimeZone;
  /** Minutes after local midnight. */
  readonly sessionOpen: number;
  /** Minutes after local midnight at which the session ends, by date, oldest first; null: it never does. */
  readonly sessionClose: readonly Dated<number>[] | null;
  /** Minutes after local midnight at which contracts expire, by expiry date, oldest first. */
  readonly expiryTime: readonly Dated<number>[];
}

const INDIA = fixedZone(330);
const UTC = fixedZone(0);
const NEW_YORK = ianaZone('America/New_York');

const at = (hours: number, minutes: number): number => hours * 60 + minutes;
const ALWAYS = '0000-01-01';

/** Days on which New York closed at 13:00, of the years that recordings are from. */
const US_EARLY_CLOSES = ['2015-12-24', '2022-11-25', '2023-07-03'];

/**
 * Hours of the option exchanges. NSE lengthened equity derivatives to 15:40 with the closing auction of
 * 3 August 2026; BSE is assumed to keep the same hours, as it did before. `US` is the equity and PM-settled index
 * options session of New York.
 */
export const EXCHANGE_HOURS: Readonly<Record<Exchange, ExchangeHours>> = {
  NSE: { zone: INDIA, sessionOpen: at(9, 15), sessionClose: indianClose(), expiryTime: indianClose() },
  BSE: { zone: INDIA, sessionOpen: at(9, 15), sessionClose: indianClose(), expiryTime: indianClose() },
  US: { zone: NEW_YORK, sessionOpen: at(9, 30), sessionClose: newYorkClose(), expiryTime: newYorkClose() },
  DERIBIT: {
    zone: UTC,
    sessionOpen: 0,
    sessionClose: null,
    expiryTime: [{ from: ALWAYS, value: at(8, 0) }],
  },
};

function indianClose(): Dated<number>[] {
  return [
    { from: ALWAYS, value: at(15, 30) },
    { from: '2026-08-03', value: at(15, 40) },
  ];
}

function newYorkClose(): Dated<number>[] {
  const early = US_EARLY_CLOSES.flatMap((date) => [
    { from: date, value: at(13, 0) },
    { from: dateOfDay(dayNumber(date) + 1), value: at(16, 0) },
  ]);
  return [{ from: ALWAYS, value: at(16, 0) }, ...early];
}

/** The value in force on a date; null before the first one. Dates compare as text. */
export function inForce<T>(history: readonly Dated<T>[], date: string): T | null {
  let value: T | null = null;
  for (const entry of history) {
    if (entry.from > date) break;
    value = entry.value;
  }
  return value;
}

/** Instant at which contracts of an expiry date cease; NaN when `expiry` is not a date 'YYYY-MM-DD'. */
export function expiryInstant(exchange: Exchange, expiry: string): number {
  const hours = EXCHANGE_HOURS[exchange];
  const minutes = inForce(hours.expiryTime, expiry);
  return minutes === null ? Number.NaN : hours.zone.instant(expiry, minutes);
}

/** Instant of a wall-clock time, in minutes after midnight, where the exchange is; NaN when `date` is no date. */
export function localInstant(exchange: Exchange, date: string, minutes: number): number {
  return EXCHANGE_HOURS[exchange].zone.instant(date, minutes);
}

/** Calendar date of an instant where the exchange is. */
export function exchangeDate(exchange: Exchange, atMs: number): string {
  return EXCHANGE_HOURS[exchange].zone.dateAt(atMs);
}
