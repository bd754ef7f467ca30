import { isoTime, type MarketStatus, type MarketSummary, type PriceUpdate } from '@deltastream/contracts';
import type { Clock } from '../../../ports/clock.ts';
import type { Channel, EncodedEvent } from '../fan-out/fan-out.ts';
import { encoded } from './room-channel.ts';

/** What everyone hears: notices at once, and the prices that moved, gathered. */
export interface GeneralChannels {
  readonly notices: Channel;
  readonly summary: Channel;
  /** Tells everyone of a change of the market's status. */
  tell(status: MarketStatus): void;
  priced(update: PriceUpdate): void;
}

/** A member that missed notices is told how things stand, which `status` answers. */
export function createGeneralChannels(
  clock: Clock,
  intervalMs: number,
  status: () => MarketStatus,
): GeneralChannels {
  let waiting: MarketStatus[] = [];
  let moved = new Map<string, PriceUpdate>();

  const summaryOf = (prices: Map<string, PriceUpdate>): EncodedEvent[] => {
    if (prices.size === 0) return [];
    const updates = [...prices.values()];
    const summary: MarketSummary = {
      timestamp: isoTime(clock.now()),
      products: updates.map(({ product }) => product),
      price: updates.map(({ price }) => price),
      change: updates.map(({ change }) => change),
      change_pct: updates.map(({ change_pct }) => change_pct),
    };
    return [encoded('market_summary', summary)];
  };

  return {
    notices: {
      name: 'general|notices',
      intervalMs: 0,
      take() {
        const told = waiting;
        waiting = [];
        return told.map((each) => encoded('market_status', each));
      },
      resyncEvents: () => [encoded('market_status', status())],
    },
    summary: {
      name: 'general|summary',
      intervalMs,
      take() {
        const prices = moved;
        moved = new Map();
        return summaryOf(prices);
      },
      // What a slow member missed comes with the next moves.
      resyncEvents: () => [],
    },
    tell: (each) => void waiting.push(each),
    priced: (update) => void moved.set(update.product, update),
  };
}
