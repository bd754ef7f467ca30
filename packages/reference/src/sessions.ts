import { dateOfDay, dayNumber } from './calendar-date.ts';
import { EXCHANGE_HOURS, type Exchange, expiryInstant, inForce } from './exchanges.ts';
import { tradingDate, tradingDayUpTo } from './trading-days.ts';

/**
 * Opening of the exchange's session on the local calendar day of an instant, which may lie after that
 * instant. Days without trade have the opening they would have had.
 */
export function sessionStart(exchange: Exchange, atMs: number): number {
  const { zone, sessionOpen } = EXCHANGE_HOURS[exchange];
  return zone.instantOfDay(zone.dayAt(atMs), sessionOpen);
}

/** Latest opening at or before an instant: an instant before today's opening belongs to yesterday's session. */
export function currentSessionStart(exchange: Exchange, atMs: number): number {
  const { zone, sessionOpen } = EXCHANGE_HOURS[exchange];
  const today = zone.dayAt(atMs);
  const start = zone.instantOfDay(today, sessionOpen);
  return start <= atMs ? start : zone.instantOfDay(today - 1, sessionOpen);
}

/**
 * Start of the bar that contains an instant. Bars of a local day are aligned to that day's session
 * opening; bars before the opening are counted backwards from it.
 */
export function barStart(exchange: Exchange, intervalMs: number, atMs: number): number {
  const open = sessionStart(exchange, atMs);
  return open + Math.floor((atMs - open) / intervalMs) * intervalMs;
}

/**
 * True from the opening until the close of a trading day. Holidays are known for the years of
 * `trading-days.ts` only: in others a weekday counts as one with trade.
 */
export function sessionIsOpen(exchange: Exchange, atMs: number): boolean {
  const { zone, sessionOpen, sessionClose } = EXCHANGE_HOURS[exchange];
  if (sessionClose === null) return true;
  const today = zone.dateAt(atMs);
  const close = inForce(sessionClose, today);
  if (close === null || tradingDate(exchange, atMs) !== today) return false;
  return zone.instant(today, sessionOpen) <= atMs && atMs < zone.instant(today, close);
}

/**
 * The instant that quotes shown at `atMs` are from: that instant within a session, else the close of the
 * last session before it, after which nothing moved.
 */
export function quotedAt(exchange: Exchange, atMs: number): number {
  const today = dayNumber(EXCHANGE_HOURS[exchange].zone.dateAt(atMs));
  const lastDay = atMs < sessionStart(exchange, atMs) ? today - 1 : today;
  return Math.min(atMs, expiryInstant(exchange, dateOfDay(tradingDayUpTo(exchange, lastDay))));
}
