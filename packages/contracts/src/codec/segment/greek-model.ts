import { type ColumnName, ENRICHED_COLUMNS } from '../../market/columns.ts';

/** What the greeks of a snapshot were computed from; null where it says none. */
export interface SnapshotMarket {
  readonly forward: number;
  readonly yearFraction: number;
  readonly rate: number;
}

/** What greeks of a snapshot are computed with; `root` is of the year fraction. */
interface PricedMarket extends SnapshotMarket {
  readonly root: number;
  readonly discount: number;
}

/** Gives what a column of greeks is expected to be, cell by cell; null for any other column. */
export type GreekModel = (column: number) => Float64Array | null;

const GREEKS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;
const DAYS_PER_YEAR = 365;
const CANDIDATES = 6; // Of prices: two-sided, last, mark, each of the contract and of its twin.
/** Half of the last decimal that a volatility is kept in, and a little: so far may the one before rounding be away. */
const ROUNDED_BY = 0.501;
const at = (name: string): number => ENRICHED_COLUMNS.indexOf(name as ColumnName);
/** Of calls and puts, where their figures lie among the columns. */
export const GREEK_SIDES = ([1, -1] as const).map((sign) => {
  const [own, twin] = sign > 0 ? ['call', 'put'] : ['put', 'call'];
  const prices = (side: string) => ['bid', 'ask', 'last', 'mark'].map((name) => at(`${side}_${name}`));
  return {
    sign,
    iv: at(`${own}_iv`),
    greeks: GREEKS.map((name) => at(`${own}_${name}`)),
    own: prices(own),
    twin: prices(twin),
  };
});

/**
 * Predicts greeks by Black's formula from the volatility of the same cell, which is kept rounded: it is brought nearer to
 * what it was before by one Newton step towards a price of the contract, or of its twin by parity, where that leads to a
 * volatility that rounds to the one that is kept. Nothing depends on the prediction being right; what it misses is stored.
 *
 * It must give the same bits for good, on every machine and with every engine: of operations it uses + - x /, the square
 * root and rounding alone, all of which IEEE 754 defines to the last bit, and no function of `Math` that it does not. Never
 * change it: another model is another layout of segments.
 *
 * `cellsOf` gives the cells of an earlier column, `times` of each contract; `volatilityStep` the last decimal of one.
 * `evaluations`: the figures after the Newton step are evaluated a second time, as in segments of layout 1, or follow from
 * the first evaluation by their derivatives, which is as good to far beyond the last decimal and takes half as long.
 * `assembly/greeks.as` has the same for reading.
 */
export function createGreekModel(
  markets: readonly (SnapshotMarket | null)[],
  cellsOf: (column: number) => Float64Array,
  volatilityStep: (column: number) => number,
  evaluations: 1 | 2,
): GreekModel {
  const times = markets.length;
  const known = new Map<number, Float64Array>();
  /** Of forward to strike; the same of calls and puts. */
  let logarithms: Float64Array | null = null;
  const priced = pricedMarkets(markets);

  const compute = ({ sign, iv, greeks, own, twin }: (typeof GREEK_SIDES)[number]) => {
    const volatilities = cellsOf(iv);
    const strikes = cellsOf(0);
    const [bid, ask, last, mark] = own.map(cellsOf);
    const [twinBid, twinAsk, twinLast, twinMark] = twin.map(cellsOf);
    const nearest = ROUNDED_BY * volatilityStep(iv);
    const filled = greeks.map(() => new Float64Array(volatilities.length));
    const [deltas, gammas, thetas, vegas, rhos] = filled;
    const value = { premium: 0, probability: 0, density: 0, d1: 0, d2: 0 };
    const isFirst = logarithms === null;
    logarithms ??= new Float64Array(volatilities.length).fill(Number.NaN);
    for (let i = 0; i < volatilities.length; i++) {
      const market = priced[i % times];
      const kept = volatilities[i];
      if (market === null || !(kept > 0)) continue;
      const { forward, yearFraction, rate, root, discount } = market;
      const strike = strikes[i];
      const ratio = forward / strike;
      if (isFirst || Number.isNaN(logarithms[i])) logarithms[i] = logarithm(ratio);
      const moneyness = logarithms[i];
      evaluate(value, sign, forward, strike, ratio, moneyness, kept * root);
      const slope = discount * forward * value.density * root;
      const worth = discount * value.premium;
      const parity = sign * discount * (forward - strike);
      let volatility = kept;
      for (let candidate = 0; candidate < CANDIDATES; candidate++) {
        const price = priceOf(
          candidate,
          i,
          bid,
          ask,
          last,
          mark,
          twinBid,
          twinAsk,
          twinLast,
          twinMark,
          parity,
        );
        const step = (price - worth) / slope;
        if (!(step <= nearest && step >= -nearest)) continue;
        volatility = kept + step;
        break;
      }
      if (volatility !== kept) {
        if (evaluations === 1) shift(value, sign, forward, root, kept, volatility - kept);
        else evaluate(value, sign, forward, strike, ratio, moneyness, volatility * root);
      }
      const peak = discount * forward * value.density;
      const premium = discount * value.premium;
      deltas[i] = sign * discount * value.probability;
      gammas[i] = peak / forward / forward / (volatility * root);
      thetas[i] = (rate * premium - (0.5 * peak * volatility) / root) / DAYS_PER_YEAR;
      vegas[i] = peak * root;
      rhos[i] = -yearFraction * premium;
    }
    for (const [greek, column] of greeks.entries()) known.set(column, filled[greek]);
  };

  return (column) => {
    const side = GREEK_SIDES.find(({ greeks }) => greeks.includes(column));
    if (side === undefined) return null;
    if (!known.has(column)) compute(side);
    return known.get(column) ?? null;
  };
}

/** Null where a snapshot says too little for greeks. */
export function pricedMarkets(markets: readonly (SnapshotMarket | null)[]): (PricedMarket | null)[] {
  return markets.map((market) => {
    if (market === null || !(market.forward > 0) || !(market.yearFraction > 0)) return null;
    const { yearFraction, rate } = market;
    return { ...market, root: Math.sqrt(yearFraction), discount: exponential(-rate * yearFraction) };
  });
}

/** The prices that a volatility may be from, in the order in which they are tried: own ones, then the twin's by parity. */
function priceOf(
  candidate: number,
  i: number,
  bid: Float64Array,
  ask: Float64Array,
  last: Float64Array,
  mark: Float64Array,
  twinBid: Float64Array,
  twinAsk: Float64Array,
  twinLast: Float64Array,
  twinMark: Float64Array,
  parity: number,
): number {
  switch (candidate) {
    case 0:
      return (bid[i] + ask[i]) / 2;
    case 1:
      return last[i];
    case 2:
      return mark[i];
    case 3:
      return (twinBid[i] + twinAsk[i]) / 2 + parity;
    case 4:
      return twinLast[i] + parity;
    default:
      return twinMark[i] + parity;
  }
}

interface Evaluated {
  premium: number;
  probability: number;
  density: number;
  d1: number;
  d2: number;
}

/** Undiscounted premium, N(sign d1) and the density at d1; that at d2 follows from it, so one exponential is enough. */
function evaluate(
  into: Evaluated,
  sign: number,
  forward: number,
  strike: number,
  ratio: number,
  moneyness: number,
  deviation: number,
): void {
  const d1 = moneyness / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  const bell = exponential(-0.5 * d1 * d1);
  const probability = cumulative(sign * d1, bell);
  into.d1 = d1;
  into.d2 = d2;
  into.probability = probability;
  into.density = 0.3989422804014327 * bell;
  into.premium = sign * (forward * probability - strike * cumulative(sign * d2, bell * ratio));
}

/** What was evaluated at a volatility, at one that is a little more: by the first derivatives. */
function shift(
  at: Evaluated,
  sign: number,
  forward: number,
  root: number,
  volatility: number,
  more: number,
): void {
  const relative = more / volatility;
  at.premium += forward * at.density * root * more;
  at.probability -= sign * at.density * at.d2 * relative;
  at.density += at.density * at.d1 * at.d2 * relative;
}

/**
 * N(x) to 1e-15, `bell` being e^(-x^2 / 2). Source: J. F. Hart et al., "Computer Approximations" (1968), algorithm 5666,
 * as given by G. West (2005).
 */
function cumulative(x: number, bell: number): number {
  const z = x < 0 ? -x : x;
  let tail: number;
  if (z < 7.07106781186547) {
    let above = 3.52624965998911e-2 * z + 0.700383064443688;
    above = above * z + 6.37396220353165;
    above = above * z + 33.912866078383;
    above = above * z + 112.079291497871;
    above = above * z + 221.213596169931;
    above = above * z + 220.206867912376;
    let below = 8.83883476483184e-2 * z + 1.75566716318264;
    below = below * z + 16.064177579207;
    below = below * z + 86.7807322029461;
    below = below * z + 296.564248779674;
    below = below * z + 637.333633378831;
    below = below * z + 793.826512519948;
    below = below * z + 440.413735824752;
    tail = (bell * above) / below;
  } else {
    tail = bell / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
  }
  return x > 0 ? 1 - tail : tail;
}

const LN2_HIGH = 0.6931471803691238; // Its low bits are 0, so that integer multiples of it are exact.
const LN2_LOW = 1.9082149292705877e-10;
const SMALLEST_EXPONENT = -1000; // e^x is 0 from there on, which no price tells from what it is.

/** 2^n for n from SMALLEST_EXPONENT to 0, exact. */
const HALVES = new Float64Array(1 - SMALLEST_EXPONENT);
for (let n = 0, value = 1; n < HALVES.length; n++, value *= 0.5) HALVES[n] = value;

/** e^x for x up to some hundred, by reduction to |r| <= ln(2) / 2 and its series. */
function exponential(x: number): number {
  const n = Math.floor(x / (LN2_HIGH + LN2_LOW) + 0.5);
  if (!(n >= SMALLEST_EXPONENT)) return 0;
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = r * (1 / 479_001_600) + 1 / 39_916_800;
  sum = sum * r + 1 / 3_628_800;
  sum = sum * r + 1 / 362_880;
  sum = sum * r + 1 / 40_320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  // Not -n, which is -0 for 0: an index that is none takes many times as long.
  return n > 0 ? sum / HALVES[Math.min(n, HALVES.length - 1)] : sum * HALVES[0 - n];
}

/** ln(x) for x > 0 of moderate size, by halving or doubling to [1/sqrt(2), sqrt(2)] and the series of atanh. */
function logarithm(x: number): number {
  if (!(x > 1e-6 && x < 1e6)) return Number.NaN;
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > Math.SQRT2; exponent++) mantissa *= 0.5;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 1 / 25;
  sum = sum * square + 1 / 23;
  sum = sum * square + 1 / 21;
  sum = sum * square + 1 / 19;
  sum = sum * square + 1 / 17;
  sum = sum * square + 1 / 15;
  sum = sum * square + 1 / 13;
  sum = sum * square + 1 / 11;
  sum = sum * square + 1 / 9;
  sum = sum * square + 1 / 7;
  sum = sum * square + 1 / 5;
  sum = sum * square + 1 / 3;
  sum = sum * square + 1;
  return exponent * LN2_HIGH + (2 * z * sum + exponent * LN2_LOW);
}
