import type { RawChain } from '@deltastream/contracts';
import type { InstrumentId } from '../instrument.ts';
import { chainSaying, sourceOf } from './chains.fixture.ts';
import { marketOf, type PlayedMarket, type SimulatedMarket, type UnnamedInstrument } from './index.ts';

/** Later than any day on which a test runs for months, so that the contracts are listed. */
const IN_DAYS = 30;
const DAY_MS = 86_400_000;
const TICK_MS = 100;
const NOW = Date.now();

/** A Monday in the morning at the exchanges. */
export const OPEN_AT = Date.parse('2026-11-30T10:30:00+05:30');

export const RUPEE_EXPIRY = new Date(NOW + IN_DAYS * DAY_MS).toISOString().slice(0, 10);

/**
 * NIFTY of the NSE and SENSEX of the BSE at two instants, with prices on their ticks and lots of 65 and 20; one contract never
 * traded, and of one nobody bids at first. The ids are those of a venue.
 */
export function rupeeMarket(
  idOf: (instrument: UnnamedInstrument) => InstrumentId | null,
): Promise<PlayedMarket> {
  return marketOf(
    sourceOf([
      nifty(NOW, 0),
      rupees(20, {
        product: 'SENSEX',
        timestamp: NOW,
        spot: 81_234.57,
        strikes: { 81000: [leg(412.35, 3), leg(97.8, 4)] },
      }),
      nifty(NOW + 1000, 1),
    ]),
    { idOf },
  );
}

const nifty = (timestamp: number, later: number): RawChain =>
  rupees(65, {
    product: 'NIFTY',
    timestamp,
    spot: 24_010.35 + later,
    future: 24_100.1 + later,
    strikes: {
      23900: [leg(222.2 + later, 1), leg(88.05, 2)],
      24000: [leg(150.15, 5), leg(120.05 + later, 6)],
      24100: [
        { ask: 101.5, bid: later, bid_size: later, ask_size: 2, volume: 0, open_interest: 0 },
        leg(171.7, 8),
      ],
    },
  });

function rupees(lotSize: number, said: Parameters<typeof chainSaying>[0]): RawChain {
  return {
    ...chainSaying({ expiry: RUPEE_EXPIRY, ...said }),
    currency: 'INR',
    lot_size: lotSize,
    price_tick: 0.05,
  };
}

/** A contract with a last price, the rest after it. */
function leg(last: number, seed: number) {
  const rounded = (price: number) => Math.round(price * 20) / 20;
  return {
    last: rounded(last),
    bid: rounded(last - 0.2),
    ask: rounded(last + 0.25),
    bid_size: seed,
    ask_size: seed + 1,
    volume: 1000 * seed,
    open_interest: 500 * seed,
    previous_close: 100 + 5 * seed,
  };
}

/** The same market with last prices that go up and down by a tick, ten times a second while somebody follows it. */
export function tickingMarket(market: PlayedMarket): SimulatedMarket {
  const followers = new Set<(ids: readonly InstrumentId[]) => void>();
  let timer: NodeJS.Timeout | undefined;
  let isUp = false;

  function tick(): void {
    isUp = !isUp;
    const ids = market.list.instruments.map(({ id }) => id);
    for (const changed of followers) changed(ids);
  }

  return {
    get list() {
      return market.list;
    },
    quoteOf(id) {
      const quote = market.quoteOf(id);
      return quote && isUp ? { ...quote, last: quote.last + 0.05 } : quote;
    },
    follow(changed) {
      followers.add(changed);
      timer ??= setInterval(tick, TICK_MS);
      return () => {
        followers.delete(changed);
        if (followers.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
