import type { Side } from '@deltastream/contracts';
import type { Listing } from '@deltastream/reference';
import { createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { type Lot, lotOf } from '../../chains/lots.ts';
import { rejected, spotTick } from '../../chains/reading.ts';
import { isTurn, type PageReadings } from '../../pages/page-format.ts';
import type { Where } from '../../source.ts';
import { BadCell } from '../../tables/cells.ts';

/** A contract as an Indian broker gives it: open interest, its change and volume in units. */
export interface BrokerLeg {
  readonly listing: Listing;
  readonly expiry: string;
  readonly spot: number;
  /** Of its expiry. */
  readonly future?: number;
  /** Where it stands in its page, in words. */
  readonly place: string;
  readonly strike: number;
  readonly side: Side;
  readonly quote: Quote;
}

/** The legs of one instant, by product and expiry. */
export interface BrokerLegs {
  add(leg: BrokerLeg): void;
  /** A price of each underlying and its chains, amounts in contracts; a leg given twice is rejected. */
  readings(timestamp: number, where: Where): PageReadings;
}

export function createBrokerLegs(): BrokerLegs {
  const chains = new Map<string, BrokerLeg[]>();
  return {
    add: (leg) => {
      const key = `${leg.listing.symbol} ${leg.expiry}`;
      const legs = chains.get(key);
      if (legs) legs.push(leg);
      else chains.set(key, [leg]);
    },
    readings: function* (timestamp, where) {
      const ticked = new Set<string>();
      for (const legs of chains.values()) {
        const [{ listing, expiry, spot, future }] = legs;
        const tick = ticked.has(listing.symbol) ? null : spotTick(listing, timestamp, spot);
        ticked.add(listing.symbol);
        if (tick) yield tick;
        const interest = legs.map(({ quote }) => quote.open_interest ?? Number.NaN);
        const lot = lotOf(listing, expiry, interest, timestamp);
        const builder = createChainBuilder();
        for (const [i, { strike, side, quote, place }] of legs.entries()) {
          if (isTurn(i)) yield null;
          try {
            builder.add(strike, side, inContracts(quote, lot));
          } catch (error) {
            yield rejected(atPlace(error, place), where);
          }
        }
        yield chainReading({ listing, expiry, timestamp, spot, future, lot, columns: builder.build() });
      }
    },
  };
}

function inContracts(quote: Quote, { size }: Lot): Quote {
  const contracts = (units: number | undefined) => (units ?? Number.NaN) / (size ?? 1);
  return {
    ...quote,
    volume: contracts(quote.volume),
    open_interest: contracts(quote.open_interest),
    open_interest_change: contracts(quote.open_interest_change),
  };
}

/** A BadCell that says where in its page it stands. */
export function atPlace(error: unknown, place: string): unknown {
  return error instanceof BadCell ? new BadCell(error.rejection, `${place}: ${error.message}`) : error;
}
