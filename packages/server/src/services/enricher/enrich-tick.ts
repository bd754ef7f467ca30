import {
  type Bar,
  type EnrichedTick,
  INTERVAL_MS,
  STORED_INTERVALS,
  type UnderlyingTick,
} from '@deltastream/contracts';
import { barStart, type Exchange, productInfo } from '@deltastream/reference';

/** Change against the previous close, and the tick's part of every stored bar. Depends on the tick alone. */
export function enrichTick(tick: UnderlyingTick): EnrichedTick {
  const { product, timestamp, price, previous_close: previousClose } = tick;
  const exchange = productInfo(product)?.exchange ?? null;
  const change = previousClose === null ? null : price - previousClose;
  return {
    ...tick,
    change,
    change_pct: change === null || previousClose === null ? null : (100 * change) / previousClose,
    bars: STORED_INTERVALS.map(
      (interval): Bar => ({
        product,
        interval,
        start: startOf(exchange, INTERVAL_MS[interval], timestamp),
        open_at: timestamp,
        open: price,
        high: price,
        low: price,
        close_at: timestamp,
        close: price,
      }),
    ),
  };
}

/** Bars of a product whose exchange is not known are aligned to the UTC day. */
function startOf(exchange: Exchange | null, intervalMs: number, atMs: number): number {
  return exchange === null ? atMs - (atMs % intervalMs) : barStart(exchange, intervalMs, atMs);
}
