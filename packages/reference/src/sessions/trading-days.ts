import { dateOfDay, dayNumber, weekdayOf } from '../dates/calendar-date.ts';
import { facts } from '../facts.ts';
import type { CalendarData, Exchange, SpecialSession } from '../schema.ts';

/** False on a date that no calendar of the exchange says anything of: there a weekday counts as a trading day. */
export function calendarCovers(exchange: Exchange, date: string): boolean {
  const calendar = facts().calendars[exchange];
  return calendar === null || (calendar.covers.from <= date && date <= calendar.covers.to);
}

/** Sessions of a year, by which variances of a session are annualised: 365 where every day has one, else 252. */
export const sessionsPerYear = (exchange: Exchange): 252 | 365 =>
  facts().calendars[exchange] === null ? 365 : 252;

/** Which dates each calendar says something of, and the exchanges that keep it. */
export function calendarSpans(): (CalendarData['covers'] & { readonly exchanges: readonly string[] })[] {
  const { calendars, exchanges } = facts().data;
  return Object.entries(calendars).map(([name, { covers }]) => ({
    ...covers,
    exchanges: Object.keys(exchanges).filter((each) => exchanges[each as Exchange].calendar === name),
  }));
}

/** The last day with an ordinary session at or before a day number. Contracts expire on such days only. */
export function tradingDayUpTo(exchange: Exchange, day: number): number {
  const calendar = facts().calendars[exchange];
  if (calendar === null) return day;
  let traded = day;
  while (isWeekend(traded) || calendar.closed.has(dateOfDay(traded))) traded--;
  return traded;
}

/**
 * The last date with trade up to the date of an instant where the exchange is: that date itself on a day with
 * a session, be it a special one such as Muhurat.
 */
export function tradingDate(exchange: Exchange, atMs: number): string {
  const today = facts().zone(exchange).dateAt(atMs);
  let day = dayNumber(today);
  const ordinary = tradingDayUpTo(exchange, day);
  while (day > ordinary && !specialSession(exchange, dateOfDay(day))) day--;
  return dateOfDay(day);
}

/** The session of its own hours that a date has; null when it has none. */
export function specialSession(exchange: Exchange, date: string): SpecialSession | null {
  return facts().calendars[exchange]?.specialSessions.get(date) ?? null;
}

/** True when it is known of a date whether there is a session, and when. */
export const sessionIsKnown = (exchange: Exchange, date: string): boolean =>
  calendarCovers(exchange, date) && specialSession(exchange, date)?.open !== null;

export function isEarlyClose(exchange: Exchange, date: string): boolean {
  return facts().calendars[exchange]?.earlyCloses.has(date) ?? false;
}

function isWeekend(day: number): boolean {
  const weekday = weekdayOf(day);
  return weekday === 0 || weekday === 6;
}
