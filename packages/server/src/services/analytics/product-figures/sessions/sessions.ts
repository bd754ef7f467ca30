import {
  DAY_MS,
  exchangeDate,
  localInstant,
  productInfo,
  sessionsPerYear,
  tradingDate,
} from '@deltastream/reference';

/** A day with trade and the days without that follow it, which show its prices. */
export interface Session {
  /** Calendar date where the exchange is. */
  readonly date: string;
  /** First instant of that date, and of the next session's. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** For a product that is not in the reference data: of an exchange that keeps a calendar. */
const USUAL_SESSIONS_PER_YEAR = 252;

const utcDate = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Date of the session that an instant belongs to; a UTC day for a product that is not in the reference data. */
function sessionDate(product: string, atMs: number): string {
  const exchange = productInfo(product)?.exchange;
  return exchange === undefined ? utcDate(atMs) : tradingDate(exchange, atMs);
}

/**
 * The sessions that are over before that of an instant begins, oldest first: at most `count`, none that ended before
 * `sinceMs`. What is computed from them alone is the same at every instant of that session.
 */
export function sessionsBefore(product: string, atMs: number, count: number, sinceMs: number): Session[] {
  const exchange = productInfo(product)?.exchange;
  const startOf = (date: string) =>
    exchange === undefined ? Date.parse(`${date}T00:00:00Z`) : localInstant(exchange, date, 0);
  const dateBefore = (ms: number) => sessionDate(product, ms - DAY_MS / 2);
  const sessions: Session[] = [];
  let toMs = startOf(sessionDate(product, atMs));
  while (sessions.length < count && toMs > sinceMs) {
    const date = dateBefore(toMs);
    const fromMs = startOf(date);
    sessions.push({ date, fromMs, toMs });
    toMs = fromMs;
  }
  return sessions.reverse();
}

/** True when contracts of an expiry cease in the session that an instant belongs to. */
export function expiresInSession(product: string, expiryAtMs: number, atMs: number): boolean {
  const exchange = productInfo(product)?.exchange;
  const date = exchange === undefined ? utcDate(expiryAtMs) : exchangeDate(exchange, expiryAtMs);
  return date === sessionDate(product, atMs);
}

/** By which variances of a session of a product are annualised. */
export function yearOf(product: string): number {
  const exchange = productInfo(product)?.exchange;
  return exchange === undefined ? USUAL_SESSIONS_PER_YEAR : sessionsPerYear(exchange);
}
