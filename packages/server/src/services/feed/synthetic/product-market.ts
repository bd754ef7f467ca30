import type { UnstampedChain, UnstampedTick } from '@deltastream/recordings/source';
import { currentSessionStart, expiryInstant, lotSize } from '@deltastream/reference';
import { type MarketView, MS_PER_YEAR, marketView } from './chain-quotes.ts';
import { listedExpiries } from './listed-expiries.ts';
import { createOptionBook, type OptionBook } from './option-book.ts';
import type { SyntheticPast } from './past/synthetic-past.ts';
import { priceSteps, roundToStep } from './price-steps.ts';
import type { Random } from './random.ts';
import type { SyntheticProduct } from './synthetic-config.ts';

/** One generated product, from the end of its past on: an underlying by geometric Brownian motion and its option books. Time only goes on. */
export interface ProductMarket {
  tick(atMs: number): UnstampedTick;
  /** Number of the expiries that are listed. */
  expiries(atMs: number): number;
  /** Chain of the n-th listed expiry, nearest first. */
  chain(atMs: number, n: number): UnstampedChain;
}

export interface ProductMarketConfig {
  readonly startMs: number;
  readonly expiries: number;
  readonly strikes: number;
}

interface ListedExpiry {
  readonly expiry: string;
  readonly lot: number;
  readonly book: OptionBook;
}

export function createProductMarket(
  product: SyntheticProduct,
  config: ProductMarketConfig,
  random: Random,
  past: SyntheticPast | null,
): ProductMarket {
  const { info, smile, drift } = product;
  const spotSteps = priceSteps(product.spotTick);
  const sigma = smile.volatility;
  let exactSpot = product.spot;
  let spot = roundToStep(spotSteps, exactSpot);
  let lastMs = config.startMs;
  let session = currentSessionStart(info.exchange, lastMs);
  const invented = exactSpot * Math.exp(-sigma * Math.sqrt(1 / 365) * random.normal());
  let previousClose = past?.previousClose ?? roundToStep(spotSteps, invented);
  /** Listed with the first chain: what the past left of each takes a while, and the first price is due at once. */
  let books: readonly ListedExpiry[] | null = null;
  const listed = (): readonly ListedExpiry[] => {
    books ??= listExpiries([]);
    return books;
  };

  function view(atMs: number, price: number, expiryAt: number): MarketView {
    return marketView(product, { atMs, spot: price, volatility: sigma }, expiryAt);
  }

  function listExpiries(held: readonly ListedExpiry[]): readonly ListedExpiry[] {
    const kept = held.filter(({ book }) => book.expiryAt > lastMs);
    return listedExpiries(info, lastMs, config.expiries).map(
      (date, rank) => kept.find(({ expiry }) => expiry === date) ?? open(date, rank),
    );
  }

  function open(expiry: string, rank: number): ListedExpiry {
    const expiryAt = expiryInstant(info.exchange, expiry);
    const lot = lotSize(info.symbol, expiry) ?? 1;
    const book = createOptionBook(
      {
        expiryAt,
        strikeStep: info.strikeStep,
        strikes: config.strikes,
        lotSize: lot,
        activity: product.activity / (1 + 3 * rank),
      },
      random,
      view(lastMs, spot, expiryAt),
      view(session, previousClose, expiryAt),
      past?.standing(expiry),
    );
    return { expiry, lot, book };
  }

  function advance(atMs: number): void {
    if (atMs <= lastMs) return;
    const years = (atMs - lastMs) / MS_PER_YEAR;
    const opened = currentSessionStart(info.exchange, atMs);
    const isNewSession = opened !== session;
    if (isNewSession) {
      session = opened;
      previousClose = spot;
      for (const { book } of books ?? []) book.newSession(view(atMs, spot, book.expiryAt));
    }
    exactSpot *= Math.exp((drift - 0.5 * sigma * sigma) * years + sigma * Math.sqrt(years) * random.normal());
    spot = Math.max(product.spotTick, roundToStep(spotSteps, exactSpot));
    lastMs = atMs;
    if (books && (isNewSession || books.some(({ book }) => book.expiryAt <= atMs)))
      books = listExpiries(books);
  }

  return {
    tick: (atMs) => {
      advance(atMs);
      return {
        product: info.symbol,
        timestamp: atMs,
        currency: info.currency,
        price: spot,
        previous_close: previousClose,
        quality: [],
      };
    },

    expiries: (atMs) => {
      advance(atMs);
      return listed().length;
    },

    chain: (atMs, n) => {
      advance(atMs);
      const { expiry, lot, book } = listed()[n];
      const now = view(atMs, spot, book.expiryAt);
      return {
        product: info.symbol,
        expiry,
        expiry_at: book.expiryAt,
        timestamp: atMs,
        currency: info.currency,
        spot,
        future: now.forward,
        lot_size: lot,
        price_tick: now.steps.tick,
        quality: [],
        columns: book.quote(now),
      };
    },
  };
}
