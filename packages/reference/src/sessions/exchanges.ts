import { dateOfDay, dayNumber } from '../dates/calendar-date.ts';
import { inForce } from '../dates/dated.ts';
import { facts } from '../facts.ts';
import type { Exchange, HoursEntry, ProductKind } from '../schema.ts';
import { isEarlyClose, specialSession, tradingDayUpTo } from './trading-days.ts';

/** Minutes after midnight of 'HH:MM'. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/**
 * The hours in force on a date for one kind of product, by default the first that the exchange lists; those
 * known longest for a date before all of them, so that a price older than the data still has a day.
 */
export function hoursOn(exchange: Exchange, date: string, kind?: ProductKind): HoursEntry {
  const { hours } = facts().data.exchanges[exchange];
  const history = (kind && hours[kind]) ?? Object.values(hours)[0];
  return inForce(history, date) ?? history[0];
}

/**
 * Instant at which contracts of an expiry date that settle at the close cease: that of the last day with an
 * ordinary session up to it, early closes included. NaN when `expiry` is not a date 'YYYY-MM-DD'.
 */
export function expiryInstant(exchange: Exchange, expiry: string, kind?: ProductKind): number {
  const day = dayNumber(expiry);
  if (Number.isNaN(day)) return Number.NaN;
  return closeOn(exchange, dateOfDay(tradingDayUpTo(exchange, day)), kind);
}

/**
 * Instant at which the session of a date ends, as an end-of-day report has it: that of a special session where
 * there is one whose hours are known, else the date's usual close. NaN when `date` is not a date.
 */
export function closeOn(exchange: Exchange, date: string, kind?: ProductKind): number {
  const { expiry: usual, early } = hoursOn(exchange, date, kind);
  const close = isEarlyClose(exchange, date) && early ? early.expiry : usual;
  return localInstant(exchange, date, minutesOf(specialSession(exchange, date)?.close ?? close));
}

/** Instant of a wall-clock time, in minutes after midnight, where the exchange is; NaN when `date` is not a date. */
export function localInstant(exchange: Exchange, date: string, minutes: number): number {
  return facts().zone(exchange).instant(date, minutes);
}

/** Calendar date of an instant where the exchange is. */
export function exchangeDate(exchange: Exchange, atMs: number): string {
  return facts().zone(exchange).dateAt(atMs);
}
