import type { UnstampedChain, UnstampedTick } from '@deltastream/recordings/source';
import { spotIsFrozen } from '@deltastream/reference';
import type { Instrument, InstrumentId, OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote, TradingState } from '../meaning.ts';
import { isSameContract } from '../same-contract.ts';
import type { DelayedQuotes } from '../venue.ts';
import { chainOfExpiry } from './chain-of-expiry.ts';
import { createExpiryColumns, type ExpiryColumns } from './expiry-columns.ts';
import { createProductState, type Expiry, type ProductState, type WatchTimes } from './product-state.ts';
import { noQuoteCounts, type QuoteCounts } from './quote-counts.ts';
import type { Watchdog } from './watchdogs.ts';

export interface QuoteBookOptions {
  readonly volume: 'session' | 'rolling';
  readonly times: WatchTimes;
  /** Absent: quotes come as they happen. */
  readonly delayed?: DelayedQuotes;
  /** Of a clock that only rises: when the book begins to wait for quotes. */
  readonly startMs: number;
}

/**
 * The newest quotes of the instruments that are followed. `quote` is called for every tick: it takes no memory. Time comes
 * with `check`, which is called at the cadence of chains, and is exact to that.
 */
export interface QuoteBook {
  /**
   * Follows these from now on, too; what is followed already keeps its quotes, also with another lot or tick. An id that is
   * given to another contract is that contract's from now on.
   */
  add(instruments: readonly Instrument[]): void;
  remove(ids: readonly InstrumentId[]): void;
  quote(quote: InstrumentQuote): void;
  state(id: InstrumentId, state: TradingState): void;
  /** The connection of these was made anew: what comes with it is held to what was there before. */
  reconnected(ids: Iterable<InstrumentId>): void;
  /**
   * Says what time it is: expiries that ceased leave, zeros that proved true are taken, watchdogs look.
   *
   * @param now epoch ms
   * @param nowMs of a clock that only rises
   */
  check(now: number, nowMs: number): void;
  /** Underlyings whose price changed since they were taken, as of `now`. */
  takeTicks(now: number): UnstampedTick[];
  /** The chains that changed since they were taken, by ascending expiry; each is made when it is asked for. */
  takeChains(now: number): Generator<UnstampedChain>;
  /** What is wrong at the last check, by product, and for how long by `nowMs`. */
  watchdogs(nowMs: number): readonly Watchdog[];
  /** The forward of an expiry, its future's or its options'; NaN: not known. */
  forwardOf(product: string, expiry: string): number;
  spotOf(product: string): number;
  readonly counts: Readonly<QuoteCounts>;
}

/** Where quotes of an instrument go. One shape for all kinds, so that finding it costs the same. */
interface Slot {
  readonly instrument: Instrument;
  readonly product: ProductState;
  readonly expiry: Expiry | null;
  cell: number;
  isOpen: boolean;
}

export function createQuoteBook({ volume, times, startMs, delayed }: QuoteBookOptions): QuoteBook {
  const slots = new Map<InstrumentId, Slot>();
  const products = new Map<string, ProductState>();
  const expiries = new Map<string, Expiry>();
  const counts = noQuoteCounts();
  let nowMs = startMs;

  function productOf({ listing }: Instrument): ProductState {
    const known = products.get(listing.symbol);
    if (known) return known;
    const product = createProductState(listing, times, nowMs, delayed);
    products.set(listing.symbol, product);
    return product;
  }

  function expiryOf(instrument: Exclude<Instrument, { kind: 'underlying' }>): Expiry {
    const { listing, expiry: date, expiresAt } = instrument;
    const key = keyOf(listing.symbol, date);
    const known = expiries.get(key);
    if (known) return known;
    const columns = createExpiryColumns();
    const nothing = { future: Number.NaN, priceChanged: false, sessionStart: Number.NaN };
    const expiry: Expiry = { listing, date, expiresAt, columns, ...nothing };
    expiries.set(key, expiry);
    return expiry;
  }

  /** Lays out the options of expiries that gained or lost some. */
  function layOut(changes: ReadonlyMap<Expiry, readonly OptionInstrument[]>): void {
    for (const [expiry, options] of changes) {
      const { columns } = expiry;
      columns.lay(options, counts);
      for (const option of options) {
        const slot = slots.get(option.id);
        const cell = columns.options.has(option.id) ? columns.cellOf(option) : -1;
        if (cell < 0) slots.delete(option.id);
        else if (slot) slot.cell = cell;
      }
    }
  }

  function remove(ids: readonly InstrumentId[]): void {
    const changes = new Map<Expiry, OptionInstrument[]>();
    for (const id of ids) {
      const slot = slots.get(id);
      if (!slot) continue;
      slots.delete(id);
      const { expiry, instrument } = slot;
      if (instrument.kind === 'future' && expiry) expiry.future = Number.NaN;
      if (instrument.kind !== 'option' || !expiry) continue;
      const options = changes.get(expiry) ?? [...expiry.columns.options.values()];
      changes.set(
        expiry,
        options.filter((option) => option.id !== id),
      );
    }
    layOut(changes);
    for (const [key, { columns }] of expiries)
      if (columns.options.size === 0 && !hasFuture(key)) expiries.delete(key);
    forgetProducts();
  }

  const isOfAnother = (listed: Instrument): boolean => {
    const slot = slots.get(listed.id);
    return slot !== undefined && !isSameContract(slot.instrument, listed);
  };

  const hasFuture = (key: string): boolean => {
    for (const { instrument, expiry } of slots.values()) {
      if (instrument.kind === 'future' && expiry === expiries.get(key)) return true;
    }
    return false;
  };

  function forgetProducts(): void {
    const followed = new Set([...slots.values()].map(({ product }) => product));
    for (const [symbol, product] of products) if (!followed.has(product)) products.delete(symbol);
  }

  function leave(now: number): void {
    for (const [key, { expiresAt }] of expiries) {
      if (expiresAt > now) continue;
      for (const [id, { expiry }] of slots) if (expiry === expiries.get(key)) slots.delete(id);
      expiries.delete(key);
    }
  }

  const byExpiry = () => [...expiries.values()].sort((a, b) => a.expiresAt - b.expiresAt);

  return {
    counts,
    remove,

    add: (instruments) => {
      const changes = new Map<Expiry, Map<InstrumentId, OptionInstrument>>();
      // All of them at first, as ids may change their contracts among themselves.
      remove(instruments.filter(isOfAnother).map(({ id }) => id));
      for (const instrument of instruments) {
        const { id, kind } = instrument;
        const expiry = kind === 'underlying' ? null : expiryOf(instrument);
        const isOpen = slots.get(id)?.isOpen ?? true;
        slots.set(id, { instrument, product: productOf(instrument), expiry, cell: -1, isOpen });
        if (kind !== 'option' || expiry === null) continue;
        const options = changes.get(expiry) ?? new Map(expiry.columns.options);
        changes.set(expiry, options.set(id, instrument));
      }
      layOut(new Map([...changes].map(([expiry, options]) => [expiry, [...options.values()]])));
    },

    quote: (quote) => {
      const slot = slots.get(quote.id);
      if (slot === undefined) {
        counts.foreign++;
        return;
      }
      if (!slot.isOpen) {
        counts.closed++;
        return;
      }
      const { product, expiry, instrument } = slot;
      let differs: boolean;
      if (expiry === null) {
        differs = product.takeUnderlying(quote, counts, nowMs);
        if (differs) counts.taken++;
      } else if (instrument.kind === 'option') {
        if (quote.bid > quote.ask && quote.ask > 0) product.crossed(nowMs);
        const { late } = counts;
        differs = expiry.columns.take(slot.cell, quote, nowMs, counts);
        const isLate = counts.late !== late;
        if (!isLate && quote.spot >= 0) product.takeSpot(quote.spot, counts, nowMs);
      } else {
        const price = quote.last > 0 ? quote.last : quote.mark;
        differs = price > 0 && price < Number.POSITIVE_INFINITY && price !== expiry.future;
        if (differs) {
          expiry.future = price;
          expiry.priceChanged = true;
          counts.taken++;
        }
      }
      product.quoted(differs);
    },

    state: (id, state) => {
      const slot = slots.get(id);
      if (!slot) return;
      if (state === 'ended') remove([id]);
      else slot.isOpen = state === 'open';
    },

    reconnected: (ids) => {
      const touched = new Map<ExpiryColumns, number[]>();
      for (const id of ids) {
        const slot = slots.get(id);
        if (slot?.expiry == null || slot.cell < 0) continue;
        const { columns } = slot.expiry;
        const cells = touched.get(columns);
        if (cells) cells.push(slot.cell);
        else touched.set(columns, [slot.cell]);
      }
      for (const [columns, cells] of touched) columns.reconnected(cells, nowMs);
    },

    check: (now, atMs) => {
      nowMs = atMs;
      leave(now);
      const followed = byExpiry();
      for (const { columns } of followed) columns.settle(nowMs);
      for (const product of products.values()) {
        product.check(
          now,
          nowMs,
          followed.filter(({ listing }) => listing.symbol === product.listing.symbol),
        );
      }
    },

    takeTicks: (now) => {
      const ticks: UnstampedTick[] = [];
      for (const product of products.values()) {
        if (!product.spotChanged) continue;
        product.spotChanged = false;
        const { listing, spot, previousClose } = product;
        const { symbol, currency } = listing;
        const timestamp = product.asOf(now);
        ticks.push({
          product: symbol,
          timestamp,
          currency,
          price: spot,
          previous_close: previousClose > 0 ? previousClose : null,
          quality: spotIsFrozen(listing, timestamp) ? ['spot_frozen'] : [],
        });
        for (const expiry of expiries.values()) {
          if (expiry.listing.symbol === symbol) expiry.priceChanged = true;
        }
      }
      return ticks;
    },

    *takeChains(now) {
      for (const expiry of byExpiry()) {
        const product = products.get(expiry.listing.symbol);
        const { columns } = expiry;
        if (!product || !(columns.changed || expiry.priceChanged) || columns.mostQuoted === 0) continue;
        expiry.priceChanged = false;
        yield chainOfExpiry(expiry, product, { now: product.asOf(now), nowMs }, volume, counts);
      }
    },

    watchdogs: (atMs) => [...products.values()].flatMap((product) => product.watchdogs(atMs)),
    forwardOf: (product, date) => {
      const expiry = expiries.get(keyOf(product, date));
      if (!expiry) return Number.NaN;
      return expiry.columns.forward > 0 ? expiry.columns.forward : expiry.future;
    },
    spotOf: (product) => products.get(product)?.spot ?? Number.NaN,
  };
}

const keyOf = (product: string, expiry: string): string => `${product} ${expiry}`;
