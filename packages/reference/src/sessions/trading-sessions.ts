import { dateOfDay, dayNumber } from '../dates/calendar-date.ts';
import { facts } from '../facts.ts';
import { hoursOn, localInstant, minutesOf } from './exchanges.ts';
import { type Market, TRADING } from './sessions.ts';
import { isEarlyClose, specialSession, tradingDayUpTo } from './trading-days.ts';

/** The hours in which contracts of a market trade on a date: [fromMs, untilMs). */
export interface TradingSession {
  readonly date: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The session of a date 'YYYY-MM-DD'; null on a day without one, and where the hours of a special one are not known. A
 * market that never closes has one a day, which ends where the next begins.
 */
export function tradingSession({ exchange, kind }: Market, date: string): TradingSession | null {
  const at = (time: string, on = date) => localInstant(exchange, on, minutesOf(time));
  const special = specialSession(exchange, date);
  if (special) {
    const { open, close } = special;
    return open === null || close === null ? null : { date, fromMs: at(open), untilMs: at(close) };
  }
  const day = dayNumber(date);
  if (tradingDayUpTo(exchange, day) !== day) return null;
  const { phases, early } = hoursOn(exchange, date, kind);
  const begun = phases.findIndex(([phase]) => TRADING.has(phase));
  const opens = phases[begun][1];
  const closes = phases.slice(begun).find(([phase]) => !TRADING.has(phase))?.[1];
  const usual = closes === undefined ? at(opens, dateOfDay(day + 1)) : at(closes);
  return {
    date,
    fromMs: at(opens),
    untilMs: early && isEarlyClose(exchange, date) ? at(early.close) : usual,
  };
}

export const LONGEST_CLOSURE_DAYS = 30; // Longer than any closure of the known venues since 2010.

/** The session that an instant lies in, else the next one; null where none is known for as long as a market may be closed. */
export function sessionFrom(market: Market, atMs: number): TradingSession | null {
  const today = facts().zone(market.exchange).dayAt(atMs);
  for (let day = today; day - today <= LONGEST_CLOSURE_DAYS; day++) {
    const session = tradingSession(market, dateOfDay(day));
    if (session !== null && session.untilMs > atMs) return session;
  }
  return null;
}

/** The last `count` sessions that opened before an instant, oldest first; the newest may go on after it. */
export function sessionsBefore(market: Market, atMs: number, count: number): TradingSession[] {
  const found: TradingSession[] = [];
  let latest = facts().zone(market.exchange).dayAt(atMs);
  for (let day = latest; found.length < count && latest - day <= LONGEST_CLOSURE_DAYS; day--) {
    const session = tradingSession(market, dateOfDay(day));
    if (session === null || session.fromMs >= atMs) continue;
    found.unshift(session);
    latest = day;
  }
  return found;
}
