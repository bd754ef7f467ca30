import { type EnrichedTick, isoTime, type PriceUpdate } from '@deltastream/contracts';

export function toPriceUpdate(tick: EnrichedTick): PriceUpdate {
  return {
    product: tick.product,
    price: tick.price,
    change: tick.change,
    change_pct: tick.change_pct,
    timestamp: isoTime(tick.timestamp),
    epoch: tick.epoch,
    seq: tick.seq,
    source: tick.source,
    quality: tick.quality,
  };
}
