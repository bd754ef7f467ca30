import { type ChainColumns, column, createColumns, QUOTE_COLUMNS, SIDES } from '@deltastream/contracts';
import { black76Price, yearFraction } from '@deltastream/quant';
import { type PriceSteps, roundToStep } from './price-steps.ts';
import type { Random } from './random.ts';
import { type SmileParameters, smileVolatility } from './smile.ts';

/** What the market looks like to one expiry at an instant. */
export interface MarketView {
  readonly atMs: number;
  readonly forward: number;
  readonly steps: PriceSteps;
}

export interface OptionBookConfig {
  readonly expiryAt: number;
  readonly strikeStep: number;
  /** Strikes listed at first. */
  readonly strikes: number;
  readonly lotSize: number;
  readonly smile: SmileParameters;
  /** Contracts traded per second at the money. */
  readonly activity: number;
}

/** Contracts of one expiry with what they remember between snapshots. */
export interface OptionBook {
  readonly expiryAt: number;
  /** Trades since the last call, then the quotes; a new strike is listed where the forward needs one. */
  quote(view: MarketView): ChainColumns;
  /** A new session: closes become previous closes, volume starts at 0. */
  newSession(view: MarketView): void;
}

interface Contract {
  volume: number;
  openInterest: number;
  openInterestAtClose: number;
  previousClose: number;
  last: number;
}

interface Strike {
  readonly level: number;
  readonly sides: readonly [Contract, Contract];
}

/** A book is never longer than this many times its first listing. */
const MAX_GROWTH = 3;
const MS_PER_DAY = 86_400_000;
const SIDE_SIGN = [1, -1] as const;
const NEVER_TRADED = { openInterest: 0, openInterestAtClose: 0, previousClose: Number.NaN, last: Number.NaN };

/** Opens a book whose contracts have a history: open interest, and closes as of `closed`. */
export function createOptionBook(
  config: OptionBookConfig,
  random: Random,
  now: MarketView,
  closed: MarketView,
): OptionBook {
  const { expiryAt, strikeStep, smile } = config;
  const strikes: Strike[] = [];
  let quotedAt = now.atMs;

  const lowest = Math.max(1, Math.round(now.forward / strikeStep) - Math.floor(config.strikes / 2));
  for (let i = 0; i < config.strikes; i++) strikes.push(withHistory((lowest + i) * strikeStep));

  function withHistory(level: number): Strike {
    const premiums = fairPremiums(level, now);
    const closes = fairPremiums(level, closed);
    const contract = (side: 0 | 1): Contract => {
      // Open interest gathers out of the money, and on round strikes.
      const offset = distance(level, now) + SIDE_SIGN[side] * -0.8;
      const round = level % (strikeStep * 10) === 0 ? 3 : level % (strikeStep * 2) === 0 ? 1.5 : 1;
      const mean = config.activity * 400 * round * Math.exp(-offset * offset * 0.5);
      const openInterestAtClose = random.count(mean * (0.5 + random.uniform()));
      return {
        volume: 0,
        openInterest: openInterestAtClose,
        openInterestAtClose,
        previousClose: Math.max(closed.steps.tick, roundToStep(closed.steps, closes[side])),
        last: Math.max(now.steps.tick, roundToStep(now.steps, premiums[side])),
      };
    };
    return { level, sides: [contract(0), contract(1)] };
  }

  /** Log-moneyness in standard deviations to expiry; positive above the forward. */
  function distance(level: number, view: MarketView): number {
    const years = Math.max(yearFraction(view.atMs, expiryAt), 1e-9);
    return Math.log(level / view.forward) / (smile.volatility * Math.sqrt(years));
  }

  /** Undiscounted premiums of call and put: the out-of-the-money one priced, its twin by parity. */
  function fairPremiums(level: number, view: MarketView): readonly [number, number] {
    const years = Math.max(yearFraction(view.atMs, expiryAt), 0);
    const forward = view.forward;
    const sigma = years > 0 ? smileVolatility(smile, Math.log(level / forward), years) : 0;
    if (level >= forward) {
      const call = black76Price(forward, level, years, sigma, 1, 1);
      return [call, call + level - forward];
    }
    const put = black76Price(forward, level, years, sigma, 1, -1);
    return [put + forward - level, put];
  }

  function listAround(forward: number): void {
    const margin = Math.floor(config.strikes / 4) * strikeStep;
    const fresh = (level: number): Strike => ({
      level,
      sides: [
        { volume: 0, ...NEVER_TRADED },
        { volume: 0, ...NEVER_TRADED },
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

  function trade(contract: Contract, expected: number, price: number): void {
    const contracts = random.count(expected);
    if (contracts === 0 || !(price > 0)) return;
    contract.volume += contracts;
    const opened = Math.round(contracts * (random.uniform() - 0.45));
    contract.openInterest = Math.max(0, contract.openInterest + opened);
    contract.last = price;
  }

  return {
    expiryAt,

    quote: (view) => {
      listAround(view.forward);
      const seconds = Math.min(Math.max(0, view.atMs - quotedAt), MS_PER_DAY) / 1000;
      quotedAt = view.atMs;
      const { steps } = view;
      const columns = createColumns(strikes.length, 'raw');
      const strikeColumn = column(columns, 'strike');
      const cells = SIDES.map((side) => QUOTE_COLUMNS.map((name) => column(columns, `${side}_${name}`)));
      for (let i = 0; i < strikes.length; i++) {
        const { level, sides } = strikes[i];
        const away = Math.abs(distance(level, view));
        const fair = fairPremiums(level, view);
        const expected = config.activity * seconds * Math.exp(-0.5 * away * away);
        strikeColumn[i] = level;
        for (let side = 0; side < 2; side++) {
          const contract = sides[side];
          const half = steps.tick * (1 + 0.5 * away) + 0.001 * fair[side] * (1 + away);
          const bidSteps = Math.floor((fair[side] - half) / steps.tick);
          const bid = bidSteps > 0 ? steps.price(bidSteps) : Number.NaN;
          const ask = steps.price(Math.ceil((fair[side] + half) / steps.tick));
          trade(contract, expected, random.uniform() < 0.5 ? bid : ask);
          const [bids, asks, last, , bidSize, askSize, volume, openInterest, change, previousClose] =
            cells[side];
          bids[i] = bid;
          asks[i] = ask;
          last[i] = contract.last;
          bidSize[i] = bidSteps > 0 ? (1 + random.count(4)) * config.lotSize : Number.NaN;
          askSize[i] = (1 + random.count(4)) * config.lotSize;
          volume[i] = contract.volume;
          openInterest[i] = contract.openInterest;
          change[i] = contract.openInterest - contract.openInterestAtClose;
          previousClose[i] = contract.previousClose;
        }
      }
      return columns;
    },

    newSession: (view) => {
      for (const { level, sides } of strikes) {
        const fair = fairPremiums(level, view);
        for (const side of [0, 1] as const) {
          const contract = sides[side];
          contract.previousClose = Math.max(view.steps.tick, roundToStep(view.steps, fair[side]));
          contract.openInterestAtClose = contract.openInterest;
          contract.volume = 0;
        }
      }
    },
  };
}
