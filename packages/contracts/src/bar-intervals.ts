import type { Bar } from './tick.ts';

/** Bar lengths that are computed live and stored; longer ones are rolled up from these. */
export const STORED_INTERVALS = ['1m', '5m', '15m'] as const;
export const BAR_INTERVALS = [...STORED_INTERVALS, '1h', '1d'] as const;

const MINUTE_MS = 60_000;

export const INTERVAL_MS: Readonly<Record<(typeof BAR_INTERVALS)[number], number>> = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '1d': 24 * 60 * MINUTE_MS,
};

export type StoredInterval = (typeof STORED_INTERVALS)[number];
export type BarInterval = (typeof BAR_INTERVALS)[number];

/** Merges two parts of the same bar: associative, commutative and idempotent. */
export function mergeBars(a: Bar, b: Bar): Bar {
  const open = before(a.open_at, a.open, b.open_at, b.open) ? a : b;
  const close = before(a.close_at, a.close, b.close_at, b.close) ? b : a;
  return {
    product: a.product,
    interval: a.interval,
    start: a.start,
    open_at: open.open_at,
    open: open.open,
    high: Math.max(a.high, b.high),
    low: Math.min(a.low, b.low),
    close_at: close.close_at,
    close: close.close,
  };
}

function before(aAt: number, aPrice: number, bAt: number, bPrice: number): boolean {
  return aAt < bAt || (aAt === bAt && aPrice <= bPrice);
}
