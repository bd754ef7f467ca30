import type { EnrichedTick } from '@deltastream/contracts';
import type { StoredTick } from '../../../ports/stores/market-store.ts';

export const storedTick = (tick: EnrichedTick): StoredTick => ({
  product: tick.product,
  timestamp: tick.timestamp,
  epoch: tick.epoch,
  seq: tick.seq,
  ...(tick.generation === undefined ? {} : { generation: tick.generation }),
  source: tick.source,
  currency: tick.currency,
  price: tick.price,
  previousClose: tick.previous_close,
});
