import type { Side } from '@deltastream/contracts';
import { closeOn, type Listing } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder, type Quote } from './chain-builder.ts';
import { chainReading } from './chain-reading.ts';
import { type Lot, lotOf, toContracts, unitsOfInterest } from './lots.ts';
import { type Reading, spotTick } from './reading.ts';

/** An option of an exchange's end-of-day report; open interest and its change in units, as both formats have it. */
export interface EndOfDayOption {
  readonly listing: Listing;
  readonly date: string;
  readonly expiry: string;
  readonly strike: number;
  readonly side: Side;
  /** Price of the underlying; NaN when the report does not give it. */
  readonly spot: number;
  /** Units per contract as the report says; null when it does not: then it is looked up or inferred. */
  readonly lotSize: number | null;
  readonly quote: Quote;
}

/** A report of one or more days, gathered row by row in any order. */
export interface EndOfDay {
  /** Throws BadCell when the contract was given before. */
  addOption(option: EndOfDayOption): void;
  /** Settlement of the future that expires with the options: their forward. */
  addFuture(date: string, symbol: string, expiry: string, settlement: number): void;
  /** By day, product and expiry; the instant of a day is the close of its session. */
  readings(): Generator<Reading>;
}

interface Expiry {
  readonly first: EndOfDayOption;
  readonly builder: ChainBuilder;
}

export function createEndOfDay(): EndOfDay {
  const chains = new Map<string, Expiry>();
  const futures = new Map<string, number>();
  const keyOf = (date: string, symbol: string, expiry: string) => `${date} ${symbol} ${expiry}`;

  return {
    addOption: (option) => {
      const key = keyOf(option.date, option.listing.symbol, option.expiry);
      const chain = chains.get(key) ?? { first: option, builder: createChainBuilder() };
      chain.builder.add(option.strike, option.side, option.quote);
      chains.set(key, chain);
    },

    addFuture: (date, symbol, expiry, settlement) => {
      futures.set(keyOf(date, symbol, expiry), settlement);
    },

    readings: function* () {
      let product = '';
      for (const [key, { first, builder }] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const { listing, date, expiry, spot } = first;
        const timestamp = closeOn(listing.exchange, date);
        if (product !== `${date} ${listing.symbol}`) {
          product = `${date} ${listing.symbol}`;
          const tick = spotTick(listing, timestamp, spot);
          if (tick) yield tick;
        }
        const columns = builder.build();
        const lot: Lot =
          first.lotSize === null
            ? lotOf(listing, expiry, unitsOfInterest(columns), timestamp)
            : { size: first.lotSize, quality: [] };
        toContracts(columns, lot);
        yield chainReading({ listing, expiry, timestamp, spot, future: futures.get(key), lot, columns });
      }
    },
  };
}
