import type { PriceUpdate } from '@deltastream/contracts';
import type { MarketState } from '../market/market-state.ts';
import { encoded, type RoomContent } from './channels.ts';

/** The prices of a product: the newest at each flush, or every one in the order of its numbers. */
export function priceContent(product: string, state: MarketState, every: boolean): RoomContent {
  const source = () => state.prices(product);
  let sent = source()?.latest ?? null;
  let arrivals = source()?.arrivals ?? 0;
  let changes = 0;

  const isNewer = (update: PriceUpdate): boolean =>
    sent === null || update.epoch !== sent.epoch || update.seq > sent.seq;

  function send(update: PriceUpdate) {
    sent = update;
    return encoded('price_update', update);
  }

  return {
    changed() {
      changes += 1;
      return !every && changes > 1;
    },
    take() {
      const history = source();
      const latest = history?.latest;
      changes = 0;
      if (!history || !latest) return [];
      if (!every) return isNewer(latest) ? [send(latest)] : [];
      const arrived = history.arrivedAfter(arrivals);
      arrivals = history.arrivals;
      // What came late is in the history, and a price that was once shown does not go back.
      return arrived.flatMap((update) => (isNewer(update) ? [send(update)] : []));
    },
    resyncEvents: () => (sent ? [encoded('price_update', sent)] : []),
    snapshot: () => source()?.latest ?? null,
    position: () => source()?.latest ?? null,
    since: (position) => source()?.since(position) ?? 'ahead',
  };
}
