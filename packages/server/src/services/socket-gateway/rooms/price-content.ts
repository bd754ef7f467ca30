import { isoTime, type MarketSummary, type PriceUpdate } from '@deltastream/contracts';
import type { Clock } from '../../../ports/clock.ts';
import type { Channel, FanOut } from '../fan-out/fan-out.ts';
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

/** Which prices moved, gathered for everyone. */
export function createPriceSummary({ fanOut, clock, intervalMs }: PriceSummaryOptions): {
  readonly channel: Channel;
  readonly priced: (update: PriceUpdate) => void;
} {
  let moved = new Map<string, PriceUpdate>();
  const channel: Channel = {
    name: 'general|summary',
    intervalMs,
    take() {
      if (moved.size === 0) return [];
      const updates = [...moved.values()];
      moved = new Map();
      const told: MarketSummary = {
        timestamp: isoTime(clock.now()),
        products: updates.map(({ product }) => product),
        price: updates.map(({ price }) => price),
        change: updates.map(({ change }) => change),
        change_pct: updates.map(({ change_pct }) => change_pct),
      };
      return [encoded('market_summary', told)];
    },
    // What a slow member missed comes with the next moves.
    resyncEvents: () => [],
  };
  return {
    channel,
    priced(update) {
      moved.set(update.product, update);
      fanOut.due(channel);
    },
  };
}

interface PriceSummaryOptions {
  readonly fanOut: Pick<FanOut, 'due'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly intervalMs: number;
}
