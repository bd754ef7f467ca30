import {
  BadCell,
  isObject,
  type Json,
  price as optionalPrice,
  strike as positive,
  shown,
} from '@deltastream/recordings/cells';
import { deribitListing, deribitOption } from '@deltastream/recordings/deribit';
import { type Listing, listedOn } from '@deltastream/reference';
import type { Instrument, InstrumentList, OptionInstrument } from '../instrument.ts';

/** The indices of which Deribit publishes a volatility index (DVOL). */
const INDICES_WITH_DVOL: ReadonlySet<string> = new Set(['btc_usd', 'eth_usd']);
const DVOL_CHANNEL = 'deribit_volatility_index.';

/** The id of an index' DVOL: the channel that gives it. */
export const dvolId = (index: string): string => `${DVOL_CHANNEL}${index}`;

/** What has to be known of a listed option to read its messages. */
export interface ListedContract {
  /** Coins per contract: the venue's amounts are in coins. */
  readonly contractSize: number;
  readonly index: string;
  /** Premiums are in coin. */
  readonly inverse: boolean;
  /** The last that any message said of its expiry; NaN before. */
  forward: number;
}

/** What the newest list says, for the connections of a venue. */
export interface ListedContracts {
  contract(name: string): ListedContract | undefined;
  /** As in the channels of states: `BTC`, `USDC`; undefined for an index that no option was listed on. */
  currencyOf(index: string): string | undefined;
  /** The index of a product's options; undefined before it was listed. */
  indexOf(symbol: string): string | undefined;
  /** Takes a list instead of the one before. */
  replace(rows: readonly unknown[], products: readonly string[], asOf: number): InstrumentList;
  /** Takes a list that was kept instead of the one before. */
  restore(list: InstrumentList): void;
}

/** The currency under which the options of a product are listed: of `BTC` itself, of `SOL_USDC` that of its premiums. */
export const listingCurrency = (product: string): string =>
  product.split('.')[0].split('_')[1] ?? product.split('.')[0];

export function createListedContracts(): ListedContracts {
  let contracts = new Map<string, ListedContract>();
  let currencies = new Map<string, string>();
  let indices = new Map<string, string>();

  return {
    contract: (name) => contracts.get(name),
    currencyOf: (index) => currencies.get(index),
    indexOf: (symbol) => indices.get(symbol),
    replace: (rows, products, asOf) => {
      const wanted = new Set(products);
      const listings = new Map<string, Listing>();
      const underlyings: Instrument[] = [];
      const options: OptionInstrument[] = [];
      const rejected = new Map<string, number>();
      const before = contracts;
      contracts = new Map();
      currencies = new Map();
      indices = new Map();
      for (const row of rows) {
        try {
          const read = readRow(row, wanted, listings);
          if (read === null) continue;
          const { option, contract } = read;
          const { symbol } = option.listing;
          if (contracts.has(String(option.id))) throw new BadCell('duplicate', 'listed twice');
          contract.forward = before.get(String(option.id))?.forward ?? Number.NaN;
          contracts.set(String(option.id), contract);
          options.push(option);
          if (indices.has(symbol)) continue;
          indices.set(symbol, contract.index);
          currencies.set(contract.index, listingCurrency(symbol));
          underlyings.push(...underlyingsOf(option.listing, contract.index, wanted));
        } catch (error) {
          if (!(error instanceof BadCell)) throw error;
          rejected.set(error.rejection, (rejected.get(error.rejection) ?? 0) + 1);
        }
      }
      return { asOf, instruments: [...underlyings, ...options], rejected };
    },
    restore: ({ instruments }) => {
      contracts = new Map();
      currencies = new Map();
      indices = new Map();
      for (const { kind, id, listing } of instruments) {
        if (kind !== 'underlying' || String(id).startsWith(DVOL_CHANNEL)) continue;
        indices.set(listing.symbol, String(id));
        currencies.set(String(id), listingCurrency(listing.symbol));
      }
      for (const each of instruments) {
        const index = indices.get(each.listing.symbol);
        if (each.kind !== 'option' || each.lotSize === null || index === undefined) continue;
        const { inverse } = deribitListing(each.listing.symbol);
        contracts.set(String(each.id), { contractSize: each.lotSize, index, inverse, forward: Number.NaN });
      }
    },
  };
}

/** The index of a product, and its DVOL where that is wanted, a series of its own: `BTC.DVOL`, in percent. */
function underlyingsOf(listing: Listing, index: string, wanted: ReadonlySet<string>): Instrument[] {
  const spot: Instrument = { kind: 'underlying', id: index, listing };
  const symbol = `${listing.symbol}.DVOL`;
  if (!wanted.has(symbol) || !INDICES_WITH_DVOL.has(index)) return [spot];
  const dvol = listedOn('DERIBIT', symbol);
  return [spot, { kind: 'underlying', id: dvolId(index), listing: dvol }];
}

/** Null for a row of another product. Throws BadCell. */
function readRow(
  row: unknown,
  wanted: ReadonlySet<string>,
  listings: Map<string, Listing>,
): { readonly option: OptionInstrument; readonly contract: ListedContract } | null {
  if (!isObject(row)) throw new BadCell('bad_value', `${shown(String(row))} is not an instrument`);
  const name = String(row.instrument_name);
  const option = deribitOption(name);
  if (option === null) throw new BadCell('bad_value', `${shown(name)} is not the name of an option`);
  const { symbol, expiry, side } = option;
  if (!wanted.has(symbol)) return null;
  const strike = positive(row, 'strike');
  const type = row.option_type;
  if (strike !== option.strike || type !== side) {
    throw new BadCell('bad_value', `${name} has the strike ${strike} and the option_type ${String(type)}`);
  }
  const contractSize = positive(row, 'contract_size');
  return {
    option: {
      kind: 'option',
      id: name,
      listing: listingOf(symbol, optionalPrice(row, 'tick_size'), listings),
      expiry,
      expiresAt: expiryOf(row, name, expiry),
      strike,
      side,
      lotSize: contractSize,
      multiplier: contractSize,
      settlement: { currency: settlementCurrencyOf(row, symbol) },
    },
    contract: {
      contractSize,
      index: indexOf(row, name),
      inverse: deribitListing(symbol).inverse,
      forward: Number.NaN,
    },
  };
}

function expiryOf(row: Json, name: string, expiry: string): number {
  const expiresAt = positive(row, 'expiration_timestamp');
  if (Number.isSafeInteger(expiresAt) && new Date(expiresAt).toISOString().startsWith(expiry))
    return expiresAt;
  throw new BadCell('bad_expiry', `${name} has the expiration_timestamp ${expiresAt}`);
}

/** As the list says it; one that leaves it out is of a time when inverse options settled in their coin, too. */
function settlementCurrencyOf(row: Json, symbol: string): string {
  const { settlement_currency: said } = row;
  if (typeof said === 'string' && /^[A-Z0-9]{2,10}$/.test(said)) return said;
  if (said !== undefined && said !== null)
    throw new BadCell('bad_value', `the settlement_currency of ${symbol} is ${shown(String(said))}`);
  const { listing, inverse } = deribitListing(symbol);
  return inverse ? symbol : listing.currency;
}

function indexOf(row: Json, name: string): string {
  const index = row.price_index;
  if (typeof index === 'string' && /^[a-z0-9]+_[a-z0-9]+$/.test(index)) return index;
  throw new BadCell('bad_value', `${name} has the price_index ${shown(String(index))}`);
}

/** One object for all contracts of a product that have the same step of prices, in the venue's unit of premiums. */
function listingOf(symbol: string, tick: number, listings: Map<string, Listing>): Listing {
  const key = `${symbol} ${tick}`;
  const known = listings.get(key);
  if (known) return known;
  const { listing, inverse } = deribitListing(symbol);
  // In coin it is a step of premiums only where the product is known to have them in coin.
  const isStep = tick > 0 && (!inverse || listing.priceTick !== null);
  const made = isStep ? { ...listing, priceTick: tick } : listing;
  listings.set(key, made);
  return made;
}
