import { ENRICHED_COLUMNS, type EnrichedChain, type getPremium, isoTime } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { ordered, type PageRange, readPage } from '../../../kit/responses/page.ts';
import { intervalBegin } from '../bars/interval-start.ts';
import { chooseExpiry } from '../reading/expiry-choice.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import { chainsAt, readChainPage, standingAt } from './chain-series.ts';
import {
  legsWithin,
  NO_SUMS,
  type PremiumLeg,
  type PremiumSums,
  pairAt,
  type RollingPair,
  readLegs,
  together,
} from './premium-legs.ts';
import { createReadBudget, type ReadBudget, requireCells, type SeriesBounds } from './series-bounds.ts';

type Answer = Static<(typeof getPremium.schema.response)[200]>;
type Point = Answer['points'][number];
type Query = Static<typeof getPremium.schema.querystring>;

export interface PremiumBounds extends SeriesBounds {
  /** How old a snapshot of another expiry may be that a leg is taken from. */
  readonly maxBaselineAgeMs: number;
}

const NUMBERS_OF_A_POINT = 10;

/** Premium and greeks over time. Rejects as `chooseExpiry`, and with `invalid_request`. */
export async function premiumOverTime(
  reader: ChainReader,
  product: string,
  query: Query,
  bounds: PremiumBounds,
): Promise<Answer> {
  const { legs: text, rolling, width, expiry } = query;
  if (text !== undefined && (rolling !== undefined || expiry !== undefined)) {
    throw new DeltaStreamError('invalid_request', 'querystring.legs: name their expiries, and do not roll');
  }
  if (width !== undefined && rolling !== 'strangle') {
    throw new DeltaStreamError('invalid_request', 'querystring.width: is that of rolling=strangle');
  }
  const page = readPage(query);
  requireCells({
    snapshots: page.limit,
    each: NUMBERS_OF_A_POINT,
    of: 'numbers',
    maxCells: bounds.maxResponseCells,
  });
  const budget = createReadBudget(bounds.maxReadCells);
  const request: Request = { reader, product, page, resolution: query.resolution, bounds, budget };
  if (text !== undefined) return fixedLegs(request, readLegs(text));
  const chosen = await chooseExpiry(reader, product, expiry, bounds.maxExpiryLagMs);
  return rollingPair(request, chosen, rolling ?? 'straddle', width ?? 1);
}

interface Request {
  readonly reader: ChainReader;
  readonly product: string;
  readonly page: PageRange;
  readonly resolution: Query['resolution'];
  readonly bounds: PremiumBounds;
  /** Of the chains of all legs together. */
  readonly budget: ReadBudget;
}

const NO_PAIR = { call_strike: null, put_strike: null, rolled: false, premium_before_roll: null } as const;

const pointOf = (
  { timestamp, summary }: EnrichedChain,
  oldest: number,
  { sums, nullReason }: PremiumSums,
  pair: Pick<Point, keyof typeof NO_PAIR> = NO_PAIR,
): Point => ({
  timestamp: isoTime(timestamp),
  oldest_timestamp: isoTime(oldest),
  spot_price: summary.spot_price,
  ...sums,
  ...pair,
  null_reason: nullReason,
});

async function fixedLegs(request: Request, legs: readonly PremiumLeg[]): Promise<Answer> {
  const { reader, product, page, resolution, bounds, budget } = request;
  const expiries = [...new Set(legs.map(({ expiry }) => expiry))].sort();
  for (const expiry of expiries) await chooseExpiry(reader, product, expiry, bounds.maxExpiryLagMs);
  const [first, ...others] = expiries;
  const legsOf = (expiry: string) => legs.filter((leg) => leg.expiry === expiry);
  const key = { product, expiry: first };
  const { points, newest, nextCursor } = await readChainPage(reader, key, resolution, page, budget);
  const times = points.map(({ timestamp }) => timestamp);
  budget.require(times.length, (newest?.columns.count ?? 0) * expiries.length);

  const standing = await Promise.all(
    others.map(async (expiry) => {
      const ofAxis = await standingAt(reader, { product, expiry }, times, bounds.maxBaselineAgeMs);
      const sums = await sumsAt(request, expiry, [...new Set(ofAxis)], legsOf(expiry));
      const missing = legsWithin(null, legsOf(expiry), 'no snapshot is stored from shortly before');
      return times.map((_, i) => {
        const at = ofAxis[i];
        return { at, part: (at === null ? undefined : sums.get(at)) ?? missing };
      });
    }),
  );
  const place = new Map(times.map((timestamp, i) => [timestamp, i]));
  const series: Point[] = [];
  const strikes = legsOf(first).map(({ strike }) => strike);
  for await (const chain of chainsAt(reader, key, times, ENRICHED_COLUMNS, budget, strikes)) {
    const i = place.get(chain.timestamp) as number;
    const beside = standing.map((of) => of[i]);
    const parts = [legsWithin(chain, legsOf(first), ''), ...beside.map(({ part }) => part)];
    const oldest = Math.min(chain.timestamp, ...beside.flatMap(({ at }) => at ?? []));
    series.push(pointOf(chain, oldest, together(parts)));
  }
  return answerOf(request, { expiry: null, rolling: null, legs: [...legs] }, series, nextCursor);
}

/** Sums over the legs of one expiry in its snapshots of these instants, by instant. */
async function sumsAt(
  { reader, product, budget }: Request,
  expiry: string,
  timestamps: readonly (number | null)[],
  legs: readonly PremiumLeg[],
): Promise<ReadonlyMap<number, PremiumSums>> {
  const sums = new Map<number, PremiumSums>();
  const known = timestamps.filter((timestamp) => timestamp !== null);
  const strikes = legs.map(({ strike }) => strike);
  const key = { product, expiry };
  for await (const chain of chainsAt(reader, key, known, ENRICHED_COLUMNS, budget, strikes)) {
    sums.set(chain.timestamp, legsWithin(chain, legs, ''));
  }
  return sums;
}

async function rollingPair(
  request: Request,
  expiry: string,
  pair: RollingPair,
  width: number,
): Promise<Answer> {
  const { reader, product, page, resolution, budget } = request;
  const key = { product, expiry };
  const { points, nextCursor } = await readChainPage(reader, key, resolution, page, budget);
  const times = points.map(({ timestamp }) => timestamp);
  let held = times.length === 0 ? null : await heldBefore(request, expiry, times[0], pair, width);
  const series: Point[] = [];
  for await (const chain of chainsAt(reader, key, times, ENRICHED_COLUMNS, budget)) {
    const legs = pairAt(chain, pair, width);
    if (typeof legs === 'string') {
      series.push(pointOf(chain, chain.timestamp, { sums: NO_SUMS, nullReason: legs }));
      continue;
    }
    const left = held?.some(({ strike }, i) => strike !== legs[i].strike) ? held : null;
    const before = left === null ? null : legsWithin(chain, left, '').sums.premium;
    const [call, put] = legs;
    const strikes = { call_strike: call.strike, put_strike: put.strike };
    const marked = { ...strikes, rolled: left !== null, premium_before_roll: before };
    series.push(pointOf(chain, chain.timestamp, legsWithin(chain, legs, ''), marked));
    held = legs;
  }
  return answerOf(request, { expiry, rolling: pair, legs: [] }, series, nextCursor);
}

/** The pair of the point before a page; null where that has none. */
async function heldBefore(
  { reader, product, resolution }: Request,
  expiry: string,
  firstAt: number,
  pair: RollingPair,
  width: number,
): Promise<readonly PremiumLeg[] | null> {
  const begin = resolution === undefined ? firstAt : intervalBegin(product, resolution)(firstAt);
  const chain = await reader.asOf(product, expiry, begin - 1);
  const legs = chain === null ? '' : pairAt(chain, pair, width);
  return typeof legs === 'string' ? null : legs;
}

const answerOf = (
  { product, page, resolution }: Request,
  what: Pick<Answer, 'expiry' | 'rolling' | 'legs'>,
  series: readonly Point[],
  nextCursor: string | null,
): Answer => ({
  product,
  ...what,
  resolution: resolution ?? null,
  count: series.length,
  points: ordered(series, page),
  next_cursor: nextCursor,
});
