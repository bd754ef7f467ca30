import type { Side } from '@deltastream/contracts';
import { contractExpiry, type Listing } from '@deltastream/reference';
import type { Quote } from '../../chains/chain-builder.ts';
import { BadCell, quoteInstant } from '../../tables/cells.ts';
import { amount, isObject, type Json, price, strike } from '../../tables/json-cells.ts';
import { type DeribitOption, deribitListing, deribitOption, priceTickAt } from './deribit-instrument.ts';

/** The quote of one option at one instant. */
export interface OptionTicker {
  readonly listing: Listing;
  readonly expiry: string;
  readonly timestamp: number;
  readonly strike: number;
  readonly side: Side;
  /** Of the option's expiry, in the currency of the strikes. */
  readonly forward: number;
  /** NaN when it is not given. */
  readonly spot: number;
  readonly quote: Quote;
}

/** What a message says of an option, its prices in the venue's unit. */
export interface VenueTicker {
  readonly name: string;
  readonly timestamp: number;
  readonly forward: number;
  readonly spot: number;
  readonly prices: Pick<Quote, 'bid' | 'ask' | 'last' | 'mark'>;
  readonly amounts: Quote;
}

/** An option with what is looked up of it once. */
interface Contract extends DeribitOption {
  readonly listing: Listing;
  readonly inverse: boolean;
  readonly expiresAt: number;
}

/** Names remembered; then they are looked up anew. A day lists some thousands. */
const NAMES_REMEMBERED = 65_536;

/**
 * Reads tickers with their premiums in the currency of the strikes; null for another instrument than an option.
 * Throws BadCell.
 */
export function createTickerReader(): (given: VenueTicker) => OptionTicker | null {
  const known = new Map<string, Contract | null>();

  function contractOf(name: string): Contract | null {
    const found = known.get(name);
    if (found !== undefined) return found;
    const option = deribitOption(name);
    const listed = option && deribitListing(option.symbol);
    const contract = option &&
      listed && { ...option, ...listed, expiresAt: contractExpiry(listed.listing, option.expiry) };
    if (known.size === NAMES_REMEMBERED) known.clear();
    known.set(name, contract);
    return contract;
  }

  return ({ name, timestamp, forward, spot, prices, amounts }) => {
    const contract = contractOf(name);
    if (!contract) return null;
    quoteInstant(timestamp);
    const { listing, inverse, expiry, strike, side, expiresAt } = contract;
    if (expiresAt < timestamp) {
      throw new BadCell('expired', `${name} had expired by ${new Date(timestamp).toISOString()}`);
    }
    const unit = inverse ? forward : 1;
    const inCurrency = (price = Number.NaN) => price * unit;
    return {
      listing: { ...listing, priceTick: priceTickAt(listing, inverse, forward) },
      expiry,
      timestamp,
      strike,
      side,
      forward,
      spot,
      quote: {
        ...amounts,
        bid: inCurrency(prices.bid),
        ask: inCurrency(prices.ask),
        last: inCurrency(prices.last),
        mark: inCurrency(prices.mark),
      },
    };
  };
}

/** What the `data` of a ticker says, as Deribit's WebSocket and its method `public/ticker` give it. Throws BadCell. */
export function venueTicker(data: Json): VenueTicker {
  return {
    name: String(data.instrument_name),
    timestamp: timestampOf(data),
    forward: strike(data, 'underlying_price'),
    spot: price(data, 'index_price'),
    prices: {
      bid: price(data, 'best_bid_price'),
      ask: price(data, 'best_ask_price'),
      last: price(data, 'last_price'),
      mark: price(data, 'mark_price'),
    },
    amounts: {
      bid_size: amount(data, 'best_bid_amount'),
      ask_size: amount(data, 'best_ask_amount'),
      volume: isObject(data.stats) ? amount(data.stats, 'volume') : Number.NaN,
      open_interest: amount(data, 'open_interest'),
    },
  };
}

function timestampOf(data: Json): number {
  const timestamp = amount(data, 'timestamp');
  if (Number.isSafeInteger(timestamp)) return timestamp;
  throw new BadCell('bad_timestamp', `timestamp is ${String(data.timestamp)}, expected milliseconds`);
}
