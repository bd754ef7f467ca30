import { contractExpiry, listedOn } from '../../../packages/reference/src/index.ts';
import type { Instrument, InstrumentId } from '../../../packages/venues/src/instrument.ts';
import { createKiteTokens } from '../../../packages/venues/src/kite/simulator/kite-names.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../../../packages/venues/src/meaning.ts';
import type { SimulatedMarket } from '../../../packages/venues/src/simulators/index.ts';

const PRODUCTS = [
  ...[
    'NIFTY',
    'BANKNIFTY',
    'FINNIFTY',
    'MIDCPNIFTY',
    'NIFTYNXT50',
    'RELIANCE',
    'HDFCBANK',
    'ICICIBANK',
    'INFY',
    'TCS',
  ],
  ...[
    'SBIN',
    'AXISBANK',
    'KOTAKBANK',
    'LT',
    'ITC',
    'BHARTIARTL',
    'HINDUNILVR',
    'MARUTI',
    'SUNPHARMA',
    'TITAN',
  ],
];

export interface TickingMarketOptions {
  /** Up to 20. */
  readonly products: number;
  /** Contracts of a product, in two expiries: a multiple of four. */
  readonly contracts: number;
  /** Of each contract; an underlying has as many. */
  readonly ticksPerSecond: number;
  /** Expiry dates, the nearer one first. */
  readonly expiries: readonly [string, string];
}

export interface TickingMarket extends SimulatedMarket {
  readonly products: readonly string[];
  /** Makes the ticks that are due since the last call, all instruments in turn, evenly in time. */
  advance(now: number): void;
  /** Ticks so far of each option, by token: the volume that its newest quote says. */
  volumes(): Record<InstrumentId, number>;
}

/** A market in which the volume of an option rises by one contract with each tick, so that a lost one is seen by its number. */
export function tickingMarket(options: TickingMarketOptions): TickingMarket {
  const products = PRODUCTS.slice(0, options.products);
  const tokenOf = createKiteTokens();
  const instruments: Instrument[] = [];
  const quotes: InstrumentQuote[] = [];
  const strikes = options.contracts / 4;
  for (const product of products) {
    const listing = { ...listedOn('NSE', product), priceTick: 0.05 };
    const spot = 20_000;
    add({ kind: 'underlying', listing, id: tokenOf({ kind: 'underlying', listing }) as number }, spot);
    for (const expiry of options.expiries) {
      const term = { listing, expiry, expiresAt: contractExpiry(listing, expiry) };
      for (let i = 0; i < strikes; i++) {
        const strike = spot + 50 * (i - Math.floor(strikes / 2));
        for (const side of ['call', 'put'] as const) {
          const option = { kind: 'option' as const, ...term, strike, side, lotSize: 65 };
          const worth = Math.max(side === 'call' ? spot - strike : strike - spot, 0);
          add({ ...option, id: tokenOf(option) as number }, worth + 100);
        }
      }
    }
  }

  function add(instrument: Instrument, last: number): void {
    const { id, kind } = instrument;
    instruments.push(instrument);
    quotes.push({
      ...createInstrumentQuote(),
      ...{ id, complete: true, last, previousClose: last, at: Date.now() },
      ...(kind === 'option'
        ? { bid: last - 0.5, ask: last + 0.5, bidSize: 5, askSize: 5, volume: 0, openInterest: 1000 }
        : {}),
    });
  }

  const byToken = new Map(quotes.map((quote) => [quote.id, quote]));
  const followers = new Set<(ids: readonly InstrumentId[]) => void>();
  const perMs = (quotes.length * options.ticksPerSecond) / 1000;
  let begun: number | null = null;
  let made = 0;
  return {
    products,
    list: { asOf: Date.now(), instruments, rejected: new Map() },
    quoteOf: (id) => byToken.get(id) ?? null,
    follow: (changed) => {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    advance(now) {
      begun ??= now;
      const due = Math.floor((now - begun) * perMs);
      while (made < due) {
        // Each instrument once at most in what followers are told: a tick is never hidden by the next.
        const ids: InstrumentId[] = [];
        for (let n = Math.min(due - made, quotes.length); n > 0; n--) {
          const quote = quotes[made++ % quotes.length];
          const step = made % 2 === 0 ? 0.05 : -0.05;
          quote.at = now;
          quote.last += step;
          if (quote.bid > 0) {
            quote.bid += step;
            quote.ask += step;
            quote.volume++;
          }
          ids.push(quote.id);
        }
        for (const changed of followers) changed(ids);
      }
    },
    volumes: () =>
      Object.fromEntries(quotes.filter(({ volume }) => volume >= 0).map(({ id, volume }) => [id, volume])),
  };
}
