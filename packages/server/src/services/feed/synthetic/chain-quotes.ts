import { type ChainColumns, column, createColumns, QUOTE_COLUMNS, SIDES } from '@deltastream/contracts';
import { black76Price, yearFraction } from '@deltastream/quant';
import { termVolatility } from './market-dynamics.ts';
import { type PriceSteps, priceSteps, roundToStep } from './price-steps.ts';
import type { Random } from './random.ts';
import { spreadAt } from './session-shape.ts';
import { type SmileParameters, smileVolatility } from './smile.ts';
import type { SyntheticProduct } from './synthetic-config.ts';

/** The state of a generated market at an instant. */
export interface MarketPoint {
  readonly atMs: number;
  readonly spot: number;
  /** At the money of the next instant, annualised fraction: those of expiries follow from it and its mean. */
  readonly volatility: number;
}

/** What the market looks like to one expiry at an instant. */
export interface MarketView {
  readonly atMs: number;
  readonly forward: number;
  readonly steps: PriceSteps;
  readonly smile: SmileParameters;
  /** Spreads over their usual width. */
  readonly spread: number;
}

export interface Contract {
  volume: number;
  openInterest: number;
  openInterestAtClose: number;
  previousClose: number;
  last: number;
}

/** A strike with the state of its call and its put. */
export interface Strike<Side extends Contract = Contract> {
  readonly level: number;
  readonly sides: readonly [Side, Side];
}

/** What the contracts of an expiry have in common. */
export interface ExpiryTerms {
  readonly expiryAt: number;
  readonly strikeStep: number;
  readonly lotSize: number;
}

export const MS_PER_YEAR = 365 * 86_400_000;
const SIDE_SIGN = [1, -1] as const;

/** @param elapsed share of the session that is over, 0 to 1 */
export function marketView(
  product: SyntheticProduct,
  point: MarketPoint,
  expiryAt: number,
  elapsed = 0.5,
): MarketView {
  const { info, carry, smile } = product;
  const { atMs, spot, volatility } = point;
  const forward = spot * Math.exp((carry * Math.max(0, expiryAt - atMs)) / MS_PER_YEAR);
  const steps = priceSteps(info.priceTick, info.premiumUnit === 'coin' ? forward : 1);
  const years = Math.max(0, yearFraction(atMs, expiryAt));
  const atTheMoney = termVolatility(smile.volatility, volatility, years);
  const spread = spreadAt(elapsed, volatility / smile.volatility);
  return { atMs, forward, steps, smile: { ...smile, volatility: atTheMoney }, spread };
}

/** Log-moneyness in standard deviations to expiry; positive above the forward. */
export function distance(level: number, { expiryAt }: ExpiryTerms, view: MarketView): number {
  const years = Math.max(yearFraction(view.atMs, expiryAt), 1e-9);
  return Math.log(level / view.forward) / (view.smile.volatility * Math.sqrt(years));
}

/** Undiscounted premiums of call and put: the out-of-the-money one priced, its twin by parity. */
export function fairPremiums(
  level: number,
  { expiryAt }: ExpiryTerms,
  { atMs, forward, smile }: MarketView,
): readonly [number, number] {
  const years = Math.max(yearFraction(atMs, expiryAt), 0);
  const sigma = years > 0 ? smileVolatility(smile, Math.log(level / forward), years) : 0;
  if (level >= forward) {
    const call = black76Price(forward, level, years, sigma, 1, 1);
    return [call, call + level - forward];
  }
  const put = black76Price(forward, level, years, sigma, 1, -1);
  return [put + forward - level, put];
}

/** A premium as it trades: on the tick, and not below one. */
export const tradedPremium = ({ steps }: MarketView, fair: number): number =>
  Math.max(steps.tick, roundToStep(steps, fair));

/**
 * Open interest of a contract that traders have had time for, in contracts: it gathers out of the money, and on round
 * strikes. `activity` is in contracts a second at the money.
 */
export function usualOpenInterest(
  level: number,
  side: 0 | 1,
  terms: ExpiryTerms,
  view: MarketView,
  activity: number,
): number {
  const { strikeStep } = terms;
  const offset = distance(level, terms, view) + SIDE_SIGN[side] * -0.8;
  const round = level % (strikeStep * 10) === 0 ? 3 : level % (strikeStep * 2) === 0 ? 1.5 : 1;
  return activity * 400 * round * Math.exp(-offset * offset * 0.5);
}

/**
 * Quotes of every strike about its fair premium. `trade` brings each contract up to the instant before it is shown: it
 * is given the quotes (the bid NaN where there is none) and the distance from the money.
 */
export function quoteStrikes<Side extends Contract>(
  strikes: readonly Strike<Side>[],
  terms: ExpiryTerms,
  view: MarketView,
  random: Random,
  trade: (contract: Side, away: number, bid: number, ask: number) => void,
): ChainColumns {
  const { steps } = view;
  const columns = createColumns(strikes.length, 'raw');
  const strikeColumn = column(columns, 'strike');
  const cells = SIDES.map((side) => QUOTE_COLUMNS.map((name) => column(columns, `${side}_${name}`)));
  for (let i = 0; i < strikes.length; i++) {
    const { level, sides } = strikes[i];
    const away = Math.abs(distance(level, terms, view));
    const fair = fairPremiums(level, terms, view);
    strikeColumn[i] = level;
    for (let side = 0; side < 2; side++) {
      const contract = sides[side];
      const half = view.spread * (steps.tick * (1 + 0.5 * away) + 0.001 * fair[side] * (1 + away));
      const bidSteps = Math.floor((fair[side] - half) / steps.tick);
      const bid = bidSteps > 0 ? steps.price(bidSteps) : Number.NaN;
      const ask = steps.price(Math.ceil((fair[side] + half) / steps.tick));
      trade(contract, away, bid, ask);
      const [bids, asks, last, , bidSize, askSize, volume, openInterest, change, previousClose] = cells[side];
      bids[i] = bid;
      asks[i] = ask;
      last[i] = contract.last;
      bidSize[i] = bidSteps > 0 ? lots(random) * terms.lotSize : Number.NaN;
      askSize[i] = lots(random) * terms.lotSize;
      volume[i] = contract.volume;
      openInterest[i] = contract.openInterest;
      change[i] = contract.openInterest - contract.openInterestAtClose;
      previousClose[i] = contract.previousClose;
    }
  }
  return columns;
}

/** Lots that are bid or offered: 1 to 8. */
const lots = (random: Random): number => 1 + Math.floor(8 * random.uniform());
