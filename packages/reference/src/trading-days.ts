import { dateOfDay, dayNumber, weekdayOf } from './calendar-date.ts';
import { type Exchange, exchangeDate } from './exchanges.ts';

/**
 * Weekdays without trade, for the years in which a recording leaves its expiry, or its last session, to the calendar. Other
 * years are not listed: there a weekday counts as a trading day.
 */
const HOLIDAYS: Readonly<Record<Exchange, ReadonlySet<string>>> = {
  NSE: new Set([
    '2018-10-18',
    '2018-11-07',
    '2018-11-08',
    '2018-11-23',
    '2018-12-25',
    '2019-03-04',
    '2019-03-21',
    '2019-04-17',
    '2019-04-19',
    '2019-04-29',
    '2019-05-01',
    '2019-06-05',
  ]),
  BSE: new Set(),
  US: new Set([
    '2022-01-17',
    '2022-02-21',
    '2022-04-15',
    '2022-05-30',
    '2022-06-20',
    '2022-07-04',
    '2022-09-05',
    '2022-11-24',
    '2022-12-26',
  ]),
  DERIBIT: new Set(),
};

/** The last trading day at or before a day number. Deribit trades every day. */
export function tradingDayUpTo(exchange: Exchange, day: number): number {
  if (exchange === 'DERIBIT') return day;
  let traded = day;
  while (isWeekend(traded) || HOLIDAYS[exchange].has(dateOfDay(traded))) traded--;
  return traded;
}

/** The last date with trade up to the date of an instant where the exchange is: that date itself on a trading day. */
export function tradingDate(exchange: Exchange, atMs: number): string {
  return dateOfDay(tradingDayUpTo(exchange, dayNumber(exchangeDate(exchange, atMs))));
}

function isWeekend(day: number): boolean {
  const weekday = weekdayOf(day);
  return weekday === 0 || weekday === 6;
}
