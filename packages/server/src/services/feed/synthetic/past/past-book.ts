import type { ChainColumns } from '@deltastream/contracts';
import {
  type Contract,
  distance,
  fairPremiums,
  type MarketView,
  quoteStrikes,
  type Strike,
  tradedPremium,
  usualOpenInterest,
} from '../chain-quotes.ts';
import { lowestListed, type OptionBookConfig } from '../option-book.ts';
import type { Random } from '../random.ts';
import { tradedBy } from '../session-shape.ts';

/**
 * Contracts of one expiry from session to session. What a session brings to each is decided at its opening and spread
 * over its hours, so that where a contract stands is known at any instant without the steps before it.
 */
export interface PastBook {
  readonly expiry: string;
  readonly expiryAt: number;
  readonly lotSize: number;
  /**
   * Opens a session: strikes are listed about its prices, and its volume and open interest are decided by `random`.
   * `activity` in contracts a second at the money; `seconds` is how long the session lasts.
   */
  open(session: {
    readonly opening: MarketView;
    readonly closing: MarketView;
    readonly before: MarketView;
    readonly activity: number;
    readonly seconds: number;
    readonly random: Random;
  }): void;
  quote(view: MarketView, elapsed: number, random: Random): ChainColumns;
  /** Where every contract stands after that share of the session. */
  standing(view: MarketView, elapsed: number): readonly Strike[];
  /** The session is over: what it brought is kept, and its closes are previous closes. */
  close(view: MarketView): void;
}

interface PastContract extends Contract {
  /** What the session brings. */
  sessionVolume: number;
  sessionInterest: number;
}

/** A book is never longer than this many times its first listing: what is farthest from the money goes. */
const MAX_GROWTH = 1.5;
/** Open interest is built up in about so many sessions. */
const BUILD_UP_SESSIONS = 10;
/** And has come so far in an expiry that was listed before the past begins. */
const BUILT_UP_BEFORE = 0.6;

/** @param listedBefore whether traders had it before its first session here */
export function createPastBook(
  expiry: string,
  config: Omit<OptionBookConfig, 'activity'>,
  listedBefore: boolean,
): PastBook {
  const { expiryAt, strikeStep, lotSize } = config;
  const strikes: Strike<PastContract>[] = [];
  let isFirst = true;
  let closed: { readonly view: MarketView; readonly listed: readonly Strike<PastContract>[] } | null = null;

  const fresh = (step: number): Strike<PastContract> => {
    const contract = (): PastContract => ({
      ...{ volume: 0, openInterest: 0, openInterestAtClose: 0, sessionVolume: 0, sessionInterest: 0 },
      ...{ previousClose: Number.NaN, last: Number.NaN },
    });
    return { level: step * strikeStep, sides: [contract(), contract()] };
  };

  function listAround(...views: readonly MarketView[]): void {
    const forwards = views.map(({ forward }) => forward / strikeStep);
    const margin = Math.floor(config.strikes / 4);
    if (strikes.length === 0) {
      const lowest = lowestListed(views[0].forward, { ...config, activity: 0 });
      for (let i = 0; i < config.strikes; i++) strikes.push(fresh(lowest + i));
    }
    const stepOf = ({ level }: Strike) => Math.round(level / strikeStep);
    const low = Math.max(1, Math.floor(Math.min(...forwards)) - margin);
    const high = Math.ceil(Math.max(...forwards)) + margin;
    for (let step = stepOf(strikes[0]) - 1; step >= low; step--) strikes.unshift(fresh(step));
    for (let step = stepOf(strikes[strikes.length - 1]) + 1; step <= high; step++) strikes.push(fresh(step));
    while (strikes.length > config.strikes * MAX_GROWTH) {
      const isFarthest = high - stepOf(strikes[0]) > stepOf(strikes[strikes.length - 1]) - low;
      if (isFarthest) strikes.shift();
      else strikes.pop();
    }
  }

  function bring(contract: PastContract, elapsed: number): void {
    const share = tradedBy(elapsed);
    contract.volume = Math.floor(contract.sessionVolume * share);
    const held = contract.openInterestAtClose + Math.round(contract.sessionInterest * share);
    contract.openInterest = Math.max(0, held);
  }

  /** The close before the session, of the contracts that there were. */
  const closeAt = (view: MarketView): void => {
    closed = { view, listed: [...strikes] };
  };

  /** Priced when they are shown: most sessions of a market that begins are passed over. */
  function setCloses(): void {
    if (closed === null) return;
    const { view, listed } = closed;
    closed = null;
    for (const { level, sides } of listed) {
      const fair = fairPremiums(level, config, view);
      sides.forEach((contract, side) => {
        contract.previousClose = tradedPremium(view, fair[side]);
      });
    }
  }

  return {
    expiry,
    expiryAt,
    lotSize,

    open({ opening, closing, before, activity, seconds, random }) {
      listAround(opening, closing);
      if (isFirst && listedBefore) closeAt(before);
      for (const { level, sides } of strikes) {
        const away = distance(level, config, opening);
        const volume = activity * seconds * Math.exp(-0.5 * away * away);
        for (const side of [0, 1] as const) {
          const contract = sides[side];
          const usual = usualOpenInterest(level, side, config, opening, activity);
          if (isFirst && listedBefore) {
            contract.openInterestAtClose = random.count(usual * BUILT_UP_BEFORE * (0.5 + random.uniform()));
          }
          contract.sessionVolume = volume * (0.7 + 0.6 * random.uniform());
          // Some positions are closed rather than opened.
          contract.sessionInterest = (usual / BUILD_UP_SESSIONS) * (2.4 * random.uniform() - 0.2);
          bring(contract, 0);
        }
      }
      isFirst = false;
    },

    quote(view, elapsed, random) {
      setCloses();
      return quoteStrikes(strikes, config, view, random, (contract, _away, bid, ask) => {
        const { volume } = contract;
        bring(contract, elapsed);
        const price = random.uniform() < 0.5 ? bid : ask;
        if (contract.volume > volume && price > 0) contract.last = price;
      });
    },

    standing(view, elapsed) {
      setCloses();
      for (const { level, sides } of strikes) {
        const fair = fairPremiums(level, config, view);
        sides.forEach((contract, side) => {
          bring(contract, elapsed);
          contract.last = tradedPremium(view, fair[side]);
        });
      }
      return strikes;
    },

    close(view) {
      closeAt(view);
      for (const { sides } of strikes) {
        for (const contract of sides) {
          bring(contract, 1);
          contract.openInterestAtClose = contract.openInterest;
          contract.volume = 0;
        }
      }
    },
  };
}
