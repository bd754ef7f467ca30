import type { Bar } from './bar.ts';

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
