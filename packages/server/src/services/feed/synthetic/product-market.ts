import type { QualityFlag } from '@deltastream/contracts';
import type { UnstampedChain, UnstampedTick } from '@deltastream/recordings/source';
import {
  currentSessionStart,
  exchangeDate,
  expiryInstant,
  lotSize,
  sessionFrom,
  spotIsFrozen,
  tradingSession,
} from '@deltastream/reference';
import { type MarketView, marketView } from './chain-quotes.ts';
import { listedExpiries } from './listed-expiries.ts';
import { createOptionBook, type OptionBook } from './option-book.ts';
import type { SyntheticPast } from './past/synthetic-past.ts';
import { createPriceProcess } from './price-process.ts';
import { priceSteps, roundToStep } from './price-steps.ts';
import type { Random } from './random.ts';
import { activityAt, NIGHT_ACTIVITY } from './session-shape.ts';
import type { SyntheticProduct } from './synthetic-config.ts';

/** So many steps of strikes lie between two round ones. */
const ROUND_STRIKES = 10;

/** One generated product, from the end of its past on: its underlying and its option books. Time only goes on. */
export interface ProductMarket {
  tick(atMs: number): UnstampedTick;
  /** Number of the expiries that are listed. */
  expiries(atMs: number): number;
  /** Chain of the n-th listed expiry, nearest first. */
  chain(atMs: number, n: number): UnstampedChain;
  /** What the quotes of the n-th listed expiry are made of. */
  view(atMs: number, n: number): MarketView;
}

export interface ProductMarketConfig {
  readonly startMs: number;
  readonly expiries: number;
  readonly strikes: number;
  /** Whether it keeps the sessions of its exchange: then a closing auction freezes its spot. */
  readonly hours: 'always' | 'exchange';
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
  const { info, smile, drift, scenario } = product;
  const spotSteps = priceSteps(product.spotTick);
  const roundStrike = ROUND_STRIKES * info.strikeStep;
  const process = createPriceProcess(
    {
      startMs: config.startMs,
      price: product.spot,
      volatility: smile.volatility,
      drift,
      scenario,
      roundStrike,
    },
    random,
  );
  /** What the underlying is worth, and what is shown of it, which stands still in a closing auction. */
  let worth = roundToStep(spotSteps, process.price);
  let spot = worth;
  let spotFrozen = false;
  let lastMs = config.startMs;
  let session = currentSessionStart(info.exchange, lastMs);
  const invented = process.price * Math.exp(-smile.volatility * Math.sqrt(1 / 365) * random.normal());
  let previousClose = past?.previousClose ?? roundToStep(spotSteps, invented);
  /** Listed with the first chain: what the past left of each takes a while, and the first price is due at once. */
  let books: readonly ListedExpiry[] | null = null;
  const listed = (): readonly ListedExpiry[] => {
    books ??= listExpiries([]);
    return books;
  };

  function view(atMs: number, price: number, expiryAt: number): MarketView {
    return marketView(
      product,
      { atMs, spot: price, volatility: process.volatility },
      expiryAt,
      elapsed(atMs),
    );
  }

  let hours = tradingSession(info, exchangeDate(info.exchange, lastMs));

  /** Share of the session of its day that is over; half where there is none. */
  function elapsed(atMs: number): number {
    if (hours === null || hours.fromMs > atMs || hours.untilMs <= atMs) {
      hours = tradingSession(info, exchangeDate(info.exchange, atMs));
    }
    if (hours === null) return 0.5;
    return Math.min(1, Math.max(0, (atMs - hours.fromMs) / (hours.untilMs - hours.fromMs)));
  }

  function activity(atMs: number): number {
    const share = elapsed(atMs);
    return hours !== null && share > 0 && share < 1 ? activityAt(share) : NIGHT_ACTIVITY;
  }

  function listExpiries(held: readonly ListedExpiry[]): readonly ListedExpiry[] {
    const kept = held.filter(({ book }) => book.expiryAt > lastMs);
    const dates = listedExpiries(product, lastMs, config.expiries);
    if (scenario.expiresToday) dates.unshift(...endsToday(dates));
    return dates.map((date, rank) => kept.find(({ expiry }) => expiry === date) ?? open(date, rank));
  }

  /** The next date with a session whose options have not expired, unless it is listed. */
  function endsToday(dates: readonly string[]): string[] {
    const session = sessionFrom(info, lastMs);
    if (session === null || dates.includes(session.date)) return [];
    return expiryInstant(info.exchange, session.date) > lastMs ? [session.date] : [];
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
      view(lastMs, worth, expiryAt),
      view(session, previousClose, expiryAt),
      past?.standing(expiry),
    );
    return { expiry, lot, book };
  }

  function advance(atMs: number): void {
    if (atMs <= lastMs) return;
    const opened = currentSessionStart(info.exchange, atMs);
    const isNewSession = opened !== session;
    if (isNewSession) {
      session = opened;
      previousClose = worth;
      for (const { book } of books ?? []) book.newSession(view(atMs, worth, book.expiryAt));
    }
    process.advance(atMs);
    worth = Math.max(product.spotTick, roundToStep(spotSteps, process.price));
    spotFrozen = config.hours === 'exchange' && spotIsFrozen(info, atMs);
    if (!spotFrozen) spot = worth;
    lastMs = atMs;
    if (books && (isNewSession || books.some(({ book }) => book.expiryAt <= atMs)))
      books = listExpiries(books);
  }

  const qualityNow = (): QualityFlag[] => (spotFrozen ? ['spot_frozen'] : []);

  return {
    tick: (atMs) => {
      advance(atMs);
      return {
        product: info.symbol,
        timestamp: atMs,
        currency: info.currency,
        price: spot,
        previous_close: previousClose,
        quality: qualityNow(),
      };
    },

    expiries: (atMs) => {
      advance(atMs);
      return listed().length;
    },

    chain: (atMs, n) => {
      advance(atMs);
      const { expiry, lot, book } = listed()[n];
      const now = view(atMs, worth, book.expiryAt);
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
        quality: qualityNow(),
        columns: book.quote(now, activity(atMs)),
      };
    },

    view: (atMs, n) => {
      advance(atMs);
      return view(atMs, worth, listed()[n].book.expiryAt);
    },
  };
}
