import {
  exchangeDate,
  expiryInstant,
  monthlyExpiries,
  type ProductInfo,
  scheduledExpiries,
} from '@deltastream/reference';

const DAY_MS = 86_400_000;
/** So that the volatility of 30 days lies between two expiries, also a day after they were listed. */
const COVERED_MS = 31 * DAY_MS;

/**
 * Dates of the expiries that a generated product lists at an instant, ascending: the nearest `count - 1`, and the monthly
 * ones until one is not among those and a month away. What is listed once stays until it expires, but for that the last
 * of the nearest makes room for a day's own. With a count of 1 the nearest alone; fewer where the schedule ends.
 */
export function listedExpiries({ symbol, exchange }: ProductInfo, atMs: number, count: number): string[] {
  const today = exchangeDate(exchange, atMs);
  const unexpired = (date: string) => expiryInstant(exchange, date) > atMs;
  const wanted = Math.max(1, count - 1);
  // One more: today's may have expired.
  const nearest = scheduledExpiries(symbol, today, wanted + 1).filter(unexpired);
  const listed = new Set(nearest.slice(0, wanted));
  if (count === 1) return [...listed];
  for (const date of monthlyExpiries(symbol, today)) {
    if (unexpired(date)) listed.add(date);
    if (listed.size >= count && Date.parse(date) - Date.parse(today) >= COVERED_MS) break;
  }
  return [...listed].sort();
}

/** Two months are not among the nearest where a day's own came before the first of them. */
export const mostListed = (count: number): number => (count === 1 ? 1 : count + 2);
