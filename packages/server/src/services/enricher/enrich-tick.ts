import {
  type Bar,
  type EnrichedTick,
  INTERVAL_MS,
  STORED_INTERVALS,
  type UnderlyingTick,
} from '@deltastream/contracts';
import { barStart, type Exchange, productInfo } from '@deltastream/reference';
import { isFrozen } from '../../kit/chains/closing-auction.ts';

/**
 * Change against the previous close, and the tick's part of every stored bar. Depends on the tick alone. While
 * the underlying's price is frozen a tick repeats an older one: it is flagged `spot_frozen` and is part of no bar.
 */
export function enrichTick(tick: UnderlyingTick): EnrichedTick {
  const { product, timestamp, price, previous_close: previousClose } = tick;
  const exchange = productInfo(product)?.exchange ?? null;
  const frozen = tick.quality.includes('spot_frozen') || isFrozen(tick);
  const intervals = frozen ? [] : STORED_INTERVALS;
  const change = previousClose === null ? null : price - previousClose;
  return {
    ...tick,
    quality: frozen ? [...new Set([...tick.quality, 'spot_frozen' as const])] : tick.quality,
    change,
    change_pct: change === null || previousClose === null ? null : (100 * change) / previousClose,
    bars: intervals.map(
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
