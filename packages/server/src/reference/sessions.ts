import { dateOfDay, dayNumber } from './calendar-date.ts';
import { EXCHANGE_HOURS, type Exchange } from './exchanges.ts';

/**
 * Opening of the exchange's session on the local calendar day of an instant, which may lie after that
 * instant. Days without trade have the opening they would have had.
 */
export function sessionStart(exchange: Exchange, atMs: number): number {
  const { zone, sessionOpen } = EXCHANGE_HOURS[exchange];
  return zone.instant(zone.dateAt(atMs), sessionOpen);
}

/** Latest opening at or before an instant: an instant before today's opening belongs to yesterday's session. */
export function currentSessionStart(exchange: Exchange, atMs: number): number {
  const { zone, sessionOpen } = EXCHANGE_HOURS[exchange];
  const today = zone.dateAt(atMs);
  const start = zone.instant(today, sessionOpen);
  return start <= atMs ? start : zone.instant(dateOfDay(dayNumber(today) - 1), sessionOpen);
}

/**
 * Start of the bar that contains an instant. Bars of a local day are aligned to that day's session
 * opening; bars before the opening are counted backwards from it.
 */
export function barStart(exchange: Exchange, intervalMs: number, atMs: number): number {
  const open = sessionStart(exchange, atMs);
  return open + Math.floor((atMs - open) / intervalMs) * intervalMs;
}
