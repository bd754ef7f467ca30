import { contractExpiry, exchangeDate, listedOn, localInstant, tradingDate } from '@deltastream/reference';
import type { Instrument, OptionInstrument } from '../instrument.ts';
import { createInstrumentQuote, type QuoteSink } from '../meaning.ts';
import { type Poll, PollFailure, type Venue } from '../venue.ts';
import type { CboePage } from './page.ts';
import { createPageClient, UnknownSymbol } from './page-client.ts';
import { pageSymbol } from './page-symbols.ts';
import { TermsNotAccepted } from './terms.ts';

export interface CboeConfig {
  /** That whoever runs this has read and accepted the terms (terms.ts). */
  readonly termsAccepted: boolean;
  /** Of the pages; `https://cdn.cboe.com` by default. */
  readonly url?: string;
  /** How to reach whoever runs this, such as an address; it is sent with every request. */
  readonly contact?: string;
  /** Least time between two requests for a page, ms; 1 min by default, 5 min for `_SPX`, which has 13 MB. */
  readonly intervalMs?: (page: string) => number;
  /** How often it is looked which pages are due, ms; 1 min by default. */
  readonly pollIntervalMs?: number;
  /** After a refusal a page is not asked for again for so long, ms, doubled each time: 1 min up to 30 min by default. */
  readonly firstPauseMs?: number;
  readonly lastPauseMs?: number;
  /** Also outside 07:30 to 17:00 in New York on trading days; off by default. */
  readonly allHours?: boolean;
  /** Longest time for one page, ms; 1 min by default. */
  readonly requestTimeoutMs?: number;
  /** Largest page in bytes, unpacked; 64 MB by default. */
  readonly maxPageBytes?: number;
  /** Epoch ms. */
  readonly now?: () => number;
  /** At least 0, below 1. */
  readonly random?: () => number;
}

const MINUTE_MS = 60_000;
/** What Cboe says of them. */
const DELAY_MS = 15 * MINUTE_MS;
const DEFAULT_PAGE_BYTES = 67_108_864;
/** Of the New York day: by then feeds have turned to the open interest of the session before. */
const OPEN_INTEREST_FROM_MINUTES = 7 * 60 + 30;
const LAST_POLL_MINUTES = 17 * 60;

/**
 * Cboe's delayed quotes: complete pages of an underlying, some 15 minutes late, asked for once a minute at most. There is no
 * WebSocket. Throws TermsNotAccepted unless the terms are.
 */
export function createCboeVenue(config: CboeConfig): Venue {
  if (!config.termsAccepted) throw new TermsNotAccepted();
  const { now = Date.now, random = Math.random, allHours = false } = config;
  const contact = config.contact ? `; ${config.contact.replace(/[^\x20-\x7e]/g, '')}` : '';
  const { intervalMs = (page: string) => (page === '_SPX' ? 5 * MINUTE_MS : MINUTE_MS) } = config;
  const { pollIntervalMs = MINUTE_MS } = config;
  const client = createPageClient({
    url: config.url ?? 'https://cdn.cboe.com',
    userAgent: `DeltaStream (option chains${contact})`,
    timeoutMs: config.requestTimeoutMs ?? MINUTE_MS,
    maxBytes: config.maxPageBytes ?? DEFAULT_PAGE_BYTES,
    intervalMs,
    firstPauseMs: config.firstPauseMs ?? MINUTE_MS,
    lastPauseMs: config.lastPauseMs ?? 30 * MINUTE_MS,
    random,
  });
  /** By page, what was delivered last, and of which contracts. */
  const delivered = new Map<string, { readonly version: string; readonly ids: ReadonlySet<string> }>();

  const poll: Poll = {
    name: 'delayed quotes',
    intervalMs: pollIntervalMs,
    run: async (options, sink, signal) => {
      const wanted = new Map<string, Set<string>>();
      for (const { listing, id } of options) {
        const page = pageSymbol(listing.symbol);
        wanted.set(page, (wanted.get(page) ?? new Set()).add(String(id)));
      }
      let failure: unknown = null;
      for (const [symbol, ids] of wanted) {
        try {
          if (client.isDue(symbol)) {
            if (allHours || isQuoting(now())) await client.read(symbol, signal);
          } else failure ??= client.failure(symbol); // What is not asked for after a refusal does not come.
        } catch (error) {
          if (signal.aborted) throw error;
          failure = error;
        }
        const page = client.page(symbol);
        if (page === null) continue;
        const last = delivered.get(symbol);
        if (last?.version === page.version && [...ids].every((id) => last.ids.has(id))) continue;
        delivered.set(symbol, { version: page.version, ids });
        deliver(page, ids, rootsOf(options, symbol), sink);
      }
      if (failure !== null) throw failure;
    },
  };

  return {
    name: 'cboe',
    instruments: async (products, signal) => {
      const asOf = now();
      const instruments: Instrument[] = [];
      const rejected = new Map<string, number>();
      const count = (reason: string, times: number) =>
        rejected.set(reason, (rejected.get(reason) ?? 0) + times);
      let unknown: UnknownSymbol | null = null;
      for (const symbol of new Set(products.map(pageSymbol))) {
        try {
          if (client.isDue(symbol)) await client.read(symbol, signal);
          else if (client.page(symbol) === null) throw client.failure(symbol);
        } catch (error) {
          if (!(error instanceof UnknownSymbol)) throw error;
          unknown = error;
          count(error.message, 1);
        }
        const page = client.page(symbol);
        if (page === null) continue;
        for (const [reason, times] of page.rejected) count(reason, times);
        instruments.push(
          ...instrumentsOf(
            page,
            products.filter((root) => pageSymbol(root) === symbol),
            asOf,
          ),
        );
      }
      if (instruments.length === 0 && unknown) throw unknown;
      if (instruments.length === 0) throw new PollFailure('Cboe lists no options of these products now');
      return { asOf, instruments, rejected };
    },
    subscriptions: () => [],
    wire: null,
    polls: [poll],
    volume: 'session',
    delayed: {
      // One that is not quite due yet waits for the next look.
      intervalMs: (product) => intervalMs(pageSymbol(product)) + pollIntervalMs,
      delayMs: DELAY_MS,
    },
  };
}

/** Whether pages are asked for at an instant: while they change, and after the open interest of the session before is in. */
function isQuoting(at: number): boolean {
  const date = exchangeDate('US', at);
  if (tradingDate('US', at) !== date) return false;
  return at >= openInterestFrom(date) && at < localInstant('US', date, LAST_POLL_MINUTES);
}

const openInterestFrom = (date: string): number => localInstant('US', date, OPEN_INTEREST_FROM_MINUTES);

const rootsOf = (options: readonly OptionInstrument[], symbol: string): Set<string> =>
  new Set(options.map(({ listing }) => listing.symbol).filter((root) => pageSymbol(root) === symbol));

/** Of every contract that is not adjusted (OCC); classes that are adjusted are not read from pages. */
const MULTIPLIER = 100;

/** Pages of indices say that their contracts are those of an index, whether or not reference data knows the root. */
function settlementOfRoot(root: string): Pick<OptionInstrument, 'settlement'> {
  if (!pageSymbol(root).startsWith('_')) return {};
  return { settlement: { delivery: 'cash', style: 'european' } };
}

/** Contracts that have not ceased, and an underlying for each root: SPX and SPXW are products of their own. */
function instrumentsOf(page: CboePage, roots: readonly string[], at: number): Instrument[] {
  const listings = new Map(roots.map((root) => [root, listedOn('US', root)]));
  const expiries = new Map<string, number>();
  const options = page.rows.flatMap(({ symbol, contract }): OptionInstrument[] => {
    const { root, expiry, strike, side } = contract;
    const listing = listings.get(root);
    if (!listing) return [];
    const key = `${root} ${expiry}`;
    const expiresAt = expiries.get(key) ?? contractExpiry(listing, expiry);
    expiries.set(key, expiresAt);
    if (!(expiresAt > at)) return [];
    const terms = { strike, side, lotSize: null, multiplier: MULTIPLIER, ...settlementOfRoot(root) };
    return [{ kind: 'option', id: symbol, listing, expiry, expiresAt, ...terms }];
  });
  const underlyings = [...listings].map(
    ([root, listing]): Instrument => ({ kind: 'underlying', id: root, listing }),
  );
  return options.length === 0 ? [] : [...underlyings, ...options];
}

/** Quotes of a page, as of its quotes' own time. */
function deliver(
  page: CboePage,
  wanted: ReadonlySet<string>,
  roots: ReadonlySet<string>,
  sink: QuoteSink,
): void {
  const { madeAt, quotedAt, spot } = page;
  // Before that a feed may still show the open interest of the session before the last, or either in turn.
  const hasOpenInterest = madeAt >= openInterestFrom(exchangeDate('US', madeAt));
  for (const [rejection, times] of page.rejected) {
    if (rejection !== 'adjusted_class') sink.rejected('bad_value', `${times} contracts: ${rejection}`);
  }
  for (const root of roots) {
    const quote = createInstrumentQuote();
    quote.id = root;
    quote.at = quotedAt;
    quote.complete = true;
    quote.last = spot;
    quote.previousClose = page.previousClose;
    if (spot > 0) sink.quote(quote);
  }
  const quote = createInstrumentQuote();
  for (const row of page.rows) {
    if (!wanted.has(row.symbol)) continue;
    quote.id = row.symbol;
    quote.at = quotedAt;
    quote.complete = hasOpenInterest;
    quote.bid = row.bid;
    quote.ask = row.ask;
    quote.last = row.last;
    quote.bidSize = row.bidSize;
    quote.askSize = row.askSize;
    quote.volume = row.volume;
    quote.openInterest = hasOpenInterest ? row.openInterest : Number.NaN;
    quote.previousClose = row.previousClose;
    quote.spot = spot;
    sink.quote(quote);
  }
}
