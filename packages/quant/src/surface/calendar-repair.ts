import {
  type KRange,
  type SviParameters,
  sviCalendarViolations,
  sviTotalVariance,
  sviVolatility,
} from './svi.ts';
import { createSviSearch, type SmilePoints, type SviFit, type SviSearch } from './svi-fit.ts';
import type { VarianceBounds } from './svi-inner.ts';

/** Volatilities of one expiry with those of their bids and asks. Strikes ascend. */
export interface QuotedSmile extends SmilePoints {
  /** Of each row's bid; NaN without one, which bounds nothing. */
  bidIvs: Float64Array;
  /** Of each row's ask; NaN without one, which bounds nothing. */
  askIvs: Float64Array;
}

/** Log-moneyness at which a later expiry has the smaller total variance, and why. */
export interface CalendarViolation extends KRange {
  /**
   * `quotes`: nearer bids are above farther asks there, or slices free of it would miss too many of their quotes;
   * `curve`: the search found no slice of SVI that is free of it.
   */
  reason: 'quotes' | 'curve';
}

export interface RepairedSlice {
  /** Null as of {@link fitSvi}. */
  fit: SviFit | null;
  /** True where the slice was fitted again to lie between its neighbours. */
  repaired: boolean;
  /** Against the nearest earlier slice, between the outermost points of both; null where there is nothing to compare. */
  violations: CalendarViolation[] | null;
}

/** Places of a slice, evenly between its outermost points, at which it is compared with the others. */
const PLACES = 25;

/** Each round looks also at the middle of what is still violated, and lets bounds count ten times as much. */
const MOST_ROUNDS = 5;

/** Of its quotes, the share that a slice may price outside of bid and ask to get between its neighbours. */
const MOST_GIVEN_UP = 0.02;

/** Relative room between total variances that would cross: 0.01 vol points of a volatility of 20 %. */
const GAP = 1e-3;

interface Slice {
  readonly smile: QuotedSmile;
  readonly search: SviSearch;
  readonly range: KRange;
  readonly bounds: QuotedBounds;
  /** Share of the quotes that the first fit prices between bid and ask. */
  readonly inside: number;
  curve: SviParameters;
  repaired: boolean;
  /** A curve that would violate less was refused for what it does to the quotes; closer bounds would do more. */
  refused: boolean;
}

/**
 * Fits raw SVI to the expiries of one underlying, ascending in time, and fits those again whose total variance falls
 * from one expiry to the next. Where it does, the nearest non-decreasing variances are taken (pooled, each slice by how
 * closely its quotes say what it is), and the slices are held to either side of them by a penalty that grows from round
 * to round. Where a nearer bid is above a farther ask nothing is asked for, a slice is not fitted again at
 * the price of more than 2 % of its quotes, and slices that violate nothing stay as they are.
 *
 * @throws RangeError naming a column whose length differs.
 */
export function repairCalendar(smiles: readonly QuotedSmile[]): RepairedSlice[] {
  const slices = smiles.map((smile) => {
    const search = createSviSearch(smile);
    const curve = search?.find() ?? null;
    if (search === null || curve === null) return null;
    const kept = { range: search.range, bounds: quotedBounds(smile), inside: shareInside(smile, curve) };
    return { smile, search, curve, ...kept, repaired: false, refused: false };
  });
  const fitted = slices.filter((slice) => slice !== null);
  const places = fitted.map(({ range: { from, to } }) =>
    Array.from({ length: PLACES }, (_, i) => placeAt(fitted, from + ((to - from) * i) / (PLACES - 1))),
  );
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let repairable = 0;
    for (let i = 1; i < fitted.length; i++) {
      for (const { from, to, reason } of violationsOf(fitted[i - 1], fitted[i]) ?? []) {
        if (reason !== 'curve') continue;
        repairable++;
        places[i].push(...[from, 0.5 * (from + to), to].map((k) => placeAt(fitted, k)));
      }
    }
    if (repairable === 0) break;
    fitAgain(fitted, places, 10 ** round);
  }
  let nearer: Slice | null = null;
  return slices.map((slice) => {
    const violations = slice && nearer && violationsOf(nearer, slice);
    nearer = slice ?? nearer;
    const fit = slice?.search.fitOf(slice.curve) ?? null;
    return { fit, repaired: slice?.repaired ?? false, violations };
  });
}

/** Null when no log-moneyness lies between the outermost points of both. */
function violationsOf(near: Slice, far: Slice): CalendarViolation[] | null {
  const range = {
    from: Math.max(near.range.from, far.range.from),
    to: Math.min(near.range.to, far.range.to),
  };
  if (!(range.from < range.to)) return null;
  return sviCalendarViolations(near.curve, far.curve, range).map(({ from, to }) => {
    const allowed = [from, 0.5 * (from + to), to].some((k) => quotesAllow(near, far, k));
    return { from, to, reason: allowed && !near.refused && !far.refused ? 'curve' : 'quotes' };
  });
}

const quotesAllow = (near: Slice, far: Slice, k: number): boolean =>
  !(near.bounds.bid(k) > far.bounds.ask(k));

/** Of the rows with both, those whose curve lies between bid and ask; 1 where there are none. */
function shareInside(
  { forward, yearFraction, strikes, bidIvs, askIvs }: QuotedSmile,
  curve: SviParameters,
): number {
  let [quoted, inside] = [0, 0];
  for (const [i, strike] of strikes.entries()) {
    if (!(bidIvs[i] <= askIvs[i])) continue;
    quoted++;
    const iv = sviVolatility(curve, Math.log(strike / forward), yearFraction);
    if (iv >= bidIvs[i] && iv <= askIvs[i]) inside++;
  }
  return quoted === 0 ? 1 : inside / quoted;
}

/** A log-moneyness with the slices whose points surround it, ascending in time, and what their quotes say there. */
interface Place {
  readonly k: number;
  readonly members: number[];
  /** Half the width of the quotes, in total variance; NaN where nothing is quoted. */
  readonly halfWidths: number[];
  /** Whether quotes allow member n to lie above the one before it. */
  readonly allowed: boolean[];
}

function placeAt(slices: readonly Slice[], k: number): Place {
  const members = [...slices.keys()].filter((i) => k >= slices[i].range.from && k <= slices[i].range.to);
  const bids = members.map((i) => slices[i].bounds.bid(k));
  const asks = members.map((i) => slices[i].bounds.ask(k));
  return {
    k,
    members,
    halfWidths: asks.map((ask, n) => 0.5 * (ask - Math.max(0, bids[n]))),
    allowed: asks.map((ask, n) => n > 0 && !(bids[n - 1] > ask)),
  };
}

/** Bounds for each slice from the others at the places near it, then new fits where one was broken. */
function fitAgain(slices: Slice[], places: readonly Place[][], share: number): void {
  const before = slices.map(({ curve }) => curve);
  const pooled = new Map(places.flat().map((place) => [place, pooledAt(place, before)]));
  slices.forEach((slice, i) => {
    if (slice.refused) return;
    const near = [i - 1, i, i + 1].flatMap((each) => places[each] ?? []);
    const bounds: VarianceBounds = { k: [], floor: [], ceiling: [], share };
    let broken = false;
    for (const place of near) {
      const at = place.members.indexOf(i);
      const variances = pooled.get(place);
      if (at < 0 || !variances) continue;
      // Nearer to its own side of the middle between the two, so that they do not end on one line.
      const towards = (other: number) => 0.75 * variances[at] + 0.25 * variances[other];
      const floor = place.allowed[at] ? towards(at - 1) : Number.NaN;
      const ceiling = place.allowed[at + 1] ? towards(at + 1) : Number.NaN;
      bounds.k.push(place.k);
      bounds.floor.push(floor);
      bounds.ceiling.push(ceiling);
      const w = sviTotalVariance(before[i], place.k);
      if (w < floor || w > ceiling) broken = true;
    }
    if (!broken) return;
    const curve = slice.search.find({ bounds, start: before[i] });
    if (curve === null) return;
    slice.refused = shareInside(slice.smile, curve) < slice.inside - MOST_GIVEN_UP;
    if (slice.refused) return;
    slice.curve = curve;
    slice.repaired = true;
  });
}

/** The non-decreasing total variances of a place's members that are nearest to those of their fits. */
function pooledAt({ k, members, halfWidths }: Place, fits: readonly SviParameters[]): number[] {
  const variances = members.map((i) => sviTotalVariance(fits[i], k));
  if (variances.every((w, n) => n === 0 || w > variances[n - 1])) return variances;
  const weights = variances.map((w, n) => {
    const half = halfWidths[n];
    return (half > 0 && half < Infinity ? Math.max(half, GAP * w) : w) ** -2;
  });
  return pooledAscending(variances, weights);
}

/**
 * The ascending values nearest to the given ones by weighted least squares (pool adjacent violators); those that
 * would be equal are set apart by `GAP` of their size.
 */
function pooledAscending(values: readonly number[], weights: readonly number[]): number[] {
  const blocks: { value: number; weight: number; size: number }[] = [];
  values.forEach((value, i) => {
    let block = { value, weight: weights[i], size: 1 };
    for (let last = blocks.at(-1); last && last.value >= block.value; last = blocks.at(-1)) {
      const weight = last.weight + block.weight;
      const pooled = (last.value * last.weight + block.value * block.weight) / weight;
      block = { value: pooled, weight, size: last.size + block.size };
      blocks.pop();
    }
    blocks.push(block);
  });
  const ascending: number[] = [];
  for (const { value, size } of blocks) {
    for (let i = 0; i < size; i++) ascending.push(value * (1 + 2 * GAP * (i - (size - 1) / 2)));
  }
  return ascending;
}

/** Total variances of bids and asks over log-moneyness, linear in between; nothing is said beyond them. */
interface QuotedBounds {
  /** -Infinity where there is none. */
  bid(k: number): number;
  /** Infinity where there is none. */
  ask(k: number): number;
}

function quotedBounds({ forward, yearFraction, strikes, bidIvs, askIvs }: QuotedSmile): QuotedBounds {
  const line = (ivs: Float64Array) => {
    const rows = Array.from(strikes.keys()).filter((i) => ivs[i] >= 0 && ivs[i] < Infinity && strikes[i] > 0);
    const k = rows.map((i) => Math.log(strikes[i] / forward));
    const w = rows.map((i) => ivs[i] * ivs[i] * yearFraction);
    return (at: number) => interpolated(k, w, at);
  };
  const [bid, ask] = [line(bidIvs), line(askIvs)];
  return { bid: (k) => bid(k) ?? -Infinity, ask: (k) => ask(k) ?? Infinity };
}

/** Linear between ascending x; null outside of them. */
function interpolated(x: readonly number[], y: readonly number[], at: number): number | null {
  if (!(at >= x[0] && at <= x[x.length - 1])) return null;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  if (x[high] === x[low]) return y[low];
  return y[low] + ((y[high] - y[low]) * (at - x[low])) / (x[high] - x[low]);
}
