import type { ConnectionClock } from '../connection/index.ts';
import type { Instrument, InstrumentId, InstrumentList, OptionInstrument } from '../instrument.ts';
import type { ChainBook, LiveMarket } from '../live-source.ts';
import { isSameContract } from '../same-contract.ts';
import type { WatchTimes } from './product-state.ts';
import { createQuoteBook } from './quote-book.ts';
import type { QuoteCounts } from './quote-counts.ts';
import { createStrikeWindow, type StrikeWindow } from './strike-window.ts';

export interface ChainBookOptions {
  readonly clock: ConnectionClock;
  readonly times: WatchTimes;
}

/** A chain book that says what it refused. */
export interface WatchedChainBook extends ChainBook {
  readonly counts: Readonly<QuoteCounts>;
}

/** A listed expiry: its options by strike, and the window of those that are followed. */
interface ListedExpiry {
  readonly product: string;
  readonly date: string;
  readonly expiresAt: number;
  readonly strikes: readonly number[];
  readonly byStrike: ReadonlyMap<number, readonly OptionInstrument[]>;
  readonly window: StrikeWindow;
  followed: readonly number[];
}

/**
 * The book of one venue: which of its listed options are followed, by the selection, and the newest quotes of those. An
 * expiry keeps its window over newer lists; the next one comes in when one ceases.
 */
export function createChainBook(
  { venue, selection }: LiveMarket,
  options: ChainBookOptions,
): WatchedChainBook {
  const { clock, times } = options;
  const { volume, delayed } = venue;
  const quotes = createQuoteBook({ volume, times, delayed, startMs: clock.monotonicMs() });
  const products = new Set(selection.products);
  const inBook = new Map<InstrumentId, Instrument>();
  let listed: readonly ListedExpiry[] = [];
  let others: readonly Instrument[] = [];
  let nearest: readonly ListedExpiry[] = [];
  let followed: readonly OptionInstrument[] = [];
  let isStale = true;
  let chosenAt = Number.NEGATIVE_INFINITY;

  function nearestOf(now: number): ListedExpiry[] {
    const counts = new Map<string, number>();
    return listed.filter(({ product, expiresAt }) => {
      if (expiresAt <= now) return false;
      const count = (counts.get(product) ?? 0) + 1;
      counts.set(product, count);
      return selection.expiries === 'all' || count <= selection.expiries;
    });
  }

  /** Whether what is to be followed differs from what is. */
  function choose(now: number): boolean {
    // The clock was set back: what had ceased by it may not have.
    if (now < chosenAt) isStale = true;
    chosenAt = now;
    let differs = isStale || nearest.some(({ expiresAt }) => expiresAt <= now);
    if (differs) nearest = nearestOf(now);
    for (const expiry of nearest) {
      const forward = quotes.forwardOf(expiry.product, expiry.date);
      const strikes = expiry.window.around(expiry.strikes, forward, quotes.spotOf(expiry.product));
      if (sameStrikes(strikes, expiry.followed)) continue;
      expiry.followed = strikes;
      differs = true;
    }
    isStale = false;
    return differs;
  }

  function follow(): void {
    followed = nearest.flatMap(({ followed: strikes, byStrike }) =>
      strikes.flatMap((strike) => byStrike.get(strike) ?? []),
    );
    const wanted = new Map([...others, ...followed].map((each) => [each.id, each]));
    const gone = [...inBook.keys()].filter((id) => !wanted.has(id));
    const fresh = [...wanted.values()].filter((each) => !isUnchanged(inBook.get(each.id), each));
    quotes.remove(gone);
    quotes.add(fresh);
    for (const id of gone) inBook.delete(id);
    for (const each of fresh) inBook.set(each.id, each);
  }

  return {
    counts: quotes.counts,
    watchdogs: () => {
      const nowMs = clock.monotonicMs();
      quotes.check(clock.now(), nowMs);
      return quotes.watchdogs(nowMs);
    },
    reconnected: quotes.reconnected,
    quote: quotes.quote,

    state: (id, state) => {
      quotes.state(id, state);
      if (state === 'ended') inBook.delete(id);
    },
    listed: () => {}, // Comes with the next list.
    rejected: () => {}, // Counted by the connection.

    list: (list: InstrumentList) => {
      const own = list.instruments.filter(({ listing }) => products.has(listing.symbol));
      listed = expiriesOf(own, selection.strikes, listed);
      others = own.filter(({ kind }) => kind !== 'option');
      isStale = true;
    },

    followed: (now) => {
      if (choose(now)) follow();
      return followed;
    },

    *takeChains(now) {
      quotes.check(now, clock.monotonicMs());
      yield* quotes.takeChains(now);
    },

    takeTicks: () => quotes.takeTicks(clock.now()),
  };
}

/** Options by expiry, ascending; an expiry that was listed before keeps where its window is. */
function expiriesOf(
  instruments: readonly Instrument[],
  strikes: number | 'all',
  before: readonly ListedExpiry[],
): ListedExpiry[] {
  const known = new Map(before.map((expiry) => [`${expiry.product} ${expiry.date}`, expiry]));
  const options = Map.groupBy(
    instruments.filter((each) => each.kind === 'option'),
    ({ listing, expiry }) => `${listing.symbol} ${expiry}`,
  );
  return [...options]
    .map(([key, list]): ListedExpiry => {
      const byStrike = Map.groupBy(list, ({ strike }) => strike);
      const { listing, expiry: date, expiresAt } = list[0];
      return {
        product: listing.symbol,
        date,
        expiresAt,
        strikes: [...byStrike.keys()].sort((a, b) => a - b),
        byStrike,
        window: known.get(key)?.window ?? createStrikeWindow(strikes),
        followed: [],
      };
    })
    .sort((a, b) => a.expiresAt - b.expiresAt);
}

const sameStrikes = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((strike, i) => strike === b[i]));

/** Nothing of it is to be taken anew: the contract, and how it is traded. */
function isUnchanged(held: Instrument | undefined, listed: Instrument): boolean {
  if (held === undefined || !isSameContract(held, listed)) return false;
  if (held.listing.priceTick !== listed.listing.priceTick) return false;
  return held.kind !== 'option' || listed.kind !== 'option' || held.lotSize === listed.lotSize;
}
