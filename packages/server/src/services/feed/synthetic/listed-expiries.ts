import {
  currentSessionStart,
  DAY_MS,
  exchangeDate,
  expiryInstant,
  monthlyExpiries,
  scheduledExpiries,
} from '@deltastream/reference';
import type { SyntheticProduct } from './synthetic-config.ts';

/** So that the volatility of 30 days lies between two expiries until the next session opens, also over a long weekend. */
const COVERED_MS = 35 * DAY_MS;

/**
 * Dates of the expiries that a generated product lists at an instant, ascending: the nearest `count - 1`, and the monthly
 * ones until one is not among those and five weeks away. With a count of 1 the nearest alone; fewer where the schedule ends.
 *
 * The same from the opening of a session to the next, but for an expiry in between: a night and a day without trade
 * list what the session before them did. What is listed once stays until it expires, so that no chain is stored that none will follow.
 */
export function listedExpiries(
  { schedule, info: { exchange } }: Pick<SyntheticProduct, 'schedule' | 'info'>,
  atMs: number,
  count: number,
): string[] {
  const today = exchangeDate(exchange, currentSessionStart(exchange, atMs));
  const unexpired = (date: string) => expiryInstant(exchange, date) > atMs;
  // Days of their own are counted from the next expiry on: a week's is not to be listed until midnight in place of one.
  const from = unexpired(today) ? today : dayAfter(today);
  const nearest = scheduledExpiries(schedule, from, Math.max(1, count - 1));
  if (count === 1) return nearest;
  const listed = new Set(nearest);
  for (const date of monthlyExpiries(schedule, from)) {
    listed.add(date);
    if (listed.size >= count && Date.parse(date) - Date.parse(today) >= COVERED_MS) break;
  }
  return [...listed].sort();
}

const dayAfter = (date: string): string => new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);

/** Two months are not among the nearest where a day's own came before the first of them. */
export const mostListed = (count: number): number => (count === 1 ? 1 : count + 2);
