import { column, type RawChain, SIDES, type UnderlyingTick } from '@deltastream/contracts';
import {
  contractExpiry,
  DAY_MS,
  type Exchange,
  type Listing,
  listedOn,
  productInfo,
} from '@deltastream/reference';
import type {
  FutureInstrument,
  Instrument,
  InstrumentId,
  InstrumentList,
  OptionInstrument,
  UnderlyingInstrument,
} from '../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../meaning.ts';

/** An instrument that has no name of its venue yet. */
export type UnnamedInstrument =
  | Omit<OptionInstrument, 'id'>
  | Omit<FutureInstrument, 'id'>
  | Omit<UnderlyingInstrument, 'id'>;

export interface MarketBoardOptions {
  /** What the venue calls an instrument; null: it lists none such, and it is left out. */
  readonly idOf: (instrument: UnnamedInstrument) => InstrumentId | null;
  /** Where products are listed that reference data does not know; without it their chains are left out. */
  readonly exchange?: Exchange;
}

/** The instruments that chains and ticks are about, each with its newest quote. */
export interface MarketBoard {
  list(): InstrumentList;
  quoteOf(id: InstrumentId): InstrumentQuote | null;
  /** Takes a chain as true at an instant; its expiry is so many days later than it says. */
  showChain(chain: RawChain, at: number, daysLater: number): void;
  showTick(tick: UnderlyingTick, at: number): void;
  reject(reason: string): void;
  /** Contracts that ceased by then are listed no more. */
  expire(at: number): void;
  /** Ids of quotes that changed, and of instruments that were listed or ended, since the last call. */
  takeChanged(): InstrumentId[];
}

interface Expiry {
  readonly listing: Listing;
  readonly date: string;
  readonly expiresAt: number;
  /** By side, then strike. */
  readonly options: readonly [Map<number, InstrumentQuote>, Map<number, InstrumentQuote>];
  future: InstrumentQuote | null;
}

const CELLS = [
  ['bid', 'bid'],
  ['ask', 'ask'],
  ['last', 'last'],
  ['mark', 'mark'],
  ['bidSize', 'bid_size'],
  ['askSize', 'ask_size'],
  ['volume', 'volume'],
  ['openInterest', 'open_interest'],
  ['previousClose', 'previous_close'],
] as const;

export function createMarketBoard({ idOf, exchange }: MarketBoardOptions): MarketBoard {
  const instruments = new Map<InstrumentId, Instrument>();
  const quotes = new Map<InstrumentId, InstrumentQuote>();
  const expiries = new Map<string, Expiry>();
  const underlyings = new Map<string, InstrumentQuote | null>();
  const rejected = new Map<string, number>();
  const changed = new Set<InstrumentId>();
  let asOf = 0;

  const reject = (reason: string) => void rejected.set(reason, (rejected.get(reason) ?? 0) + 1);

  function listingOf(product: string): Listing | null {
    const listing = exchange === undefined ? productInfo(product) : listedOn(exchange, product);
    if (listing === null) reject(`${product} is not a known product: name its exchange`);
    return listing;
  }

  function list(unnamed: UnnamedInstrument): InstrumentQuote | null {
    const id = idOf(unnamed);
    if (id === null) return null;
    instruments.set(id, { ...unnamed, id });
    const quote = { ...createInstrumentQuote(), id, complete: true };
    quotes.set(id, quote);
    changed.add(id);
    return quote;
  }

  function showPrice(quote: InstrumentQuote | null, price: number, at: number): void {
    if (quote === null || quote.last === price) return;
    quote.last = price;
    quote.at = at;
    changed.add(quote.id);
  }

  function showSpot(listing: Listing, price: number, previousClose: number | null, at: number): void {
    const { symbol } = listing;
    if (!underlyings.has(symbol)) underlyings.set(symbol, list({ kind: 'underlying', listing }));
    const quote = underlyings.get(symbol) as InstrumentQuote | null;
    if (quote !== null && previousClose !== null) quote.previousClose = previousClose;
    showPrice(quote, price, at);
  }

  function expiryOf(chain: RawChain, listing: Listing, daysLater: number): Expiry {
    const key = `${chain.product} ${chain.expiry}`;
    const known = expiries.get(key);
    if (known) return known;
    const date = daysLater === 0 ? chain.expiry : dateAfter(chain.expiry, daysLater);
    const expiry: Expiry = {
      listing: { ...listing, priceTick: chain.price_tick },
      date,
      expiresAt: daysLater === 0 ? chain.expiry_at : contractExpiry(listing, date),
      options: [new Map(), new Map()],
      future: null,
    };
    expiries.set(key, expiry);
    return expiry;
  }

  function showFuture(expiry: Expiry, price: number, at: number): void {
    const { listing, date, expiresAt } = expiry;
    expiry.future ??= list({ kind: 'future', listing, expiry: date, expiresAt });
    showPrice(expiry.future, price, at);
  }

  function showOptions(expiry: Expiry, chain: RawChain, at: number): void {
    const { listing, date, expiresAt } = expiry;
    const forward = chain.future ?? Number.NaN;
    const spot = chain.spot ?? Number.NaN;
    const strikes = column(chain.columns, 'strike');
    for (const [position, side] of SIDES.entries()) {
      const byStrike = expiry.options[position];
      const cells = CELLS.map(([, name]) => column(chain.columns, `${side}_${name}`));
      for (let i = 0; i < strikes.length; i++) {
        const strike = strikes[i];
        if (!byStrike.has(strike)) {
          if (cells.every((values) => Number.isNaN(values[i]))) continue;
          const terms = { listing, expiry: date, expiresAt, strike, side, lotSize: chain.lot_size };
          const quote = list({ kind: 'option', ...terms });
          if (quote !== null) byStrike.set(strike, quote);
        }
        const quote = byStrike.get(strike);
        if (quote === undefined) continue;
        quote.forward = forward;
        quote.spot = spot;
        let differs = false;
        for (let cell = 0; cell < CELLS.length; cell++) {
          const name = CELLS[cell][0];
          const value = cells[cell][i];
          if (Object.is(quote[name], value)) continue;
          quote[name] = value;
          differs = true;
        }
        if (!differs) continue;
        quote.at = at;
        changed.add(quote.id);
      }
    }
  }

  return {
    list: () => ({ asOf, instruments: [...instruments.values()], rejected }),
    quoteOf: (id) => quotes.get(id) ?? null,
    reject,

    showChain: (chain, at, daysLater) => {
      asOf = at;
      const listing = listingOf(chain.product);
      if (listing === null) return;
      const expiry = expiryOf(chain, listing, daysLater);
      if (expiry.expiresAt <= at) return;
      if (chain.spot !== null) showSpot(listing, chain.spot, null, at);
      if (chain.future !== null) showFuture(expiry, chain.future, at);
      showOptions(expiry, chain, at);
    },

    showTick: ({ product, price, previous_close }, at) => {
      asOf = at;
      const listing = listingOf(product);
      if (listing !== null) showSpot(listing, price, previous_close, at);
    },

    expire: (at) => {
      for (const [key, { expiresAt, options, future }] of expiries) {
        if (expiresAt > at) continue;
        expiries.delete(key);
        for (const { id } of [...options[0].values(), ...options[1].values(), ...(future ? [future] : [])]) {
          quotes.delete(id);
          instruments.delete(id);
          changed.add(id);
        }
      }
    },

    takeChanged: () => {
      const ids = [...changed];
      changed.clear();
      return ids;
    },
  };
}

const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
