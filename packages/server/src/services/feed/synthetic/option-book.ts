import type { ChainColumns } from '@deltastream/contracts';
import { DAY_MS } from '@deltastream/reference';
import {
  type Contract,
  type ExpiryTerms,
  fairPremiums,
  type MarketView,
  quoteStrikes,
  type Strike,
  tradedPremium,
  usualOpenInterest,
} from './chain-quotes.ts';
import type { Random } from './random.ts';

export interface OptionBookConfig extends ExpiryTerms {
  /** Strikes listed at first. */
  readonly strikes: number;
  /** Contracts traded per second at the money. */
  readonly activity: number;
}

/** Contracts of one expiry with what they remember between snapshots. */
export interface OptionBook {
  readonly expiryAt: number;
  /**
   * Trades since the last call, so many times as usual, then the quotes; a new strike is listed where the forward needs
   * one.
   */
  quote(view: MarketView, activity?: number): ChainColumns;
  /** A new session: closes become previous closes, volume starts at 0. */
  newSession(view: MarketView): void;
}

/** A book is never longer than this many times its first listing. */
const MAX_GROWTH = 3;
const NEVER_TRADED = { openInterest: 0, openInterestAtClose: 0, previousClose: Number.NaN, last: Number.NaN };
/** Share of trades that open positions over those that close them: in all, and as far as a contract's session may differ. */
const OPENED = 0.05;
const OPENED_SPREAD = 0.4;

interface TradedContract extends Contract {
  /** Whether the session opens positions in it (1) or closes them (-1): some of each, so that all four build-ups occur. */
  flow: number;
}

/** The levels, in steps, that are listed about a forward at first. */
export const lowestListed = (forward: number, { strikeStep, strikes }: OptionBookConfig): number =>
  Math.max(1, Math.round(forward / strikeStep) - Math.floor(strikes / 2));

/**
 * Opens a book on the strikes that its past left. Without one its contracts are given what a past leaves: open
 * interest, and closes as of `closed`.
 */
export function createOptionBook(
  config: OptionBookConfig,
  random: Random,
  now: MarketView,
  closed: MarketView,
  past: readonly Strike[] | null = null,
): OptionBook {
  const { expiryAt, strikeStep } = config;
  const flow = () => 2 * random.uniform() - 1;
  const strikes = (past ?? inventedStrikes(config, random, now, closed)).map(
    ({ level, sides: [call, put] }): Strike<TradedContract> => ({
      level,
      sides: [
        { ...call, flow: flow() },
        { ...put, flow: flow() },
      ],
    }),
  );
  let quotedAt = now.atMs;

  function listAround(forward: number): void {
    const margin = Math.floor(config.strikes / 4) * strikeStep;
    const fresh = (level: number): Strike<TradedContract> => ({
      level,
      sides: [
        { volume: 0, ...NEVER_TRADED, flow: flow() },
        { volume: 0, ...NEVER_TRADED, flow: flow() },
      ],
    });
    while (strikes[strikes.length - 1].level < forward + margin) {
      strikes.push(fresh(strikes[strikes.length - 1].level + strikeStep));
      if (strikes.length > config.strikes * MAX_GROWTH) strikes.shift();
    }
    while (strikes[0].level > forward - margin && strikes[0].level > strikeStep) {
      strikes.unshift(fresh(strikes[0].level - strikeStep));
      if (strikes.length > config.strikes * MAX_GROWTH) strikes.pop();
    }
  }

  function trade(contract: TradedContract, expected: number, price: number): void {
    const contracts = random.count(expected);
    if (contracts === 0 || !(price > 0)) return;
    contract.volume += contracts;
    const share = OPENED + OPENED_SPREAD * contract.flow + random.uniform() - 0.5;
    const opened = Math.round(contracts * share);
    contract.openInterest = Math.max(0, contract.openInterest + opened);
    contract.last = price;
  }

  return {
    expiryAt,

    quote: (view, activity = 1) => {
      listAround(view.forward);
      const seconds = Math.min(Math.max(0, view.atMs - quotedAt), DAY_MS) / 1000;
      quotedAt = view.atMs;
      return quoteStrikes(strikes, config, view, random, (contract, away, bid, ask) => {
        const expected = config.activity * activity * seconds * Math.exp(-0.5 * away * away);
        trade(contract, expected, random.uniform() < 0.5 ? bid : ask);
      });
    },

    newSession: (view) => {
      for (const { level, sides } of strikes) {
        const fair = fairPremiums(level, config, view);
        for (const side of [0, 1] as const) {
          const contract = sides[side];
          contract.previousClose = tradedPremium(view, fair[side]);
          contract.openInterestAtClose = contract.openInterest;
          contract.volume = 0;
          contract.flow = flow();
        }
      }
    },
  };
}

function inventedStrikes(
  config: OptionBookConfig,
  random: Random,
  now: MarketView,
  closed: MarketView,
): Strike[] {
  const lowest = lowestListed(now.forward, config);
  return Array.from({ length: config.strikes }, (_, i) => {
    const level = (lowest + i) * config.strikeStep;
    const premiums = fairPremiums(level, config, now);
    const closes = fairPremiums(level, config, closed);
    const contract = (side: 0 | 1): Contract => {
      const mean = usualOpenInterest(level, side, config, now, config.activity);
      const openInterest = random.count(mean * (0.5 + random.uniform()));
      return {
        volume: 0,
        openInterest,
        openInterestAtClose: openInterest,
        previousClose: tradedPremium(closed, closes[side]),
        last: tradedPremium(now, premiums[side]),
      };
    };
    return { level, sides: [contract(0), contract(1)] };
  });
}
