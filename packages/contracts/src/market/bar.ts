import Type, { type Static } from 'typebox';
import { BAR_INTERVALS } from './bar-intervals.ts';
import { EpochMs, ProductSymbol } from './chain.ts';

/**
 * OHLC of a product over one interval, or a part of it: bars of the same product, interval and start
 * merge in any order and any number of times to the same bar (open = price at the earliest
 * [timestamp, price], close = at the latest).
 */
export const Bar = Type.Object({
  product: ProductSymbol,
  interval: Type.Enum([...BAR_INTERVALS]),
  start: EpochMs,
  open_at: EpochMs,
  open: Type.Number(),
  high: Type.Number(),
  low: Type.Number(),
  close_at: EpochMs,
  close: Type.Number(),
});
export type Bar = Static<typeof Bar>;

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
