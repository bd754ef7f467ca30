import {
  column,
  type EnrichedChain,
  type getOiByStrike,
  type getOiHeatmap,
  isoTime,
} from '@deltastream/contracts';
import type { Static } from 'typebox';
import { ordered, readPage } from '../../../kit/responses/page.ts';
import { INTEREST_COLUMNS, interestReader, strikeBand } from '../positioning/oi-profile.ts';
import { chooseExpiry } from '../reading/expiry-choice.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import { chainsAt, readChainPage } from './chain-series.ts';
import { createReadBudget, requireCells, type SeriesBounds } from './series-bounds.ts';

type Heatmap = Static<(typeof getOiHeatmap.schema.response)[200]>;
type HeatmapQuery = Static<typeof getOiHeatmap.schema.querystring>;
type ByStrike = Static<(typeof getOiByStrike.schema.response)[200]>;
type ByStrikeQuery = Static<typeof getOiByStrike.schema.querystring>;

const DEFAULT_RESOLUTION = '5m';
const DEFAULT_WIDTH = 20;
/** On either side of the money, where no strikes are asked for. */
const NEAREST = 2;

/** Open interest by strike and time. Rejects as `chooseExpiry`, and with `invalid_request`. */
export async function oiHeatmap(
  reader: ChainReader,
  product: string,
  query: HeatmapQuery,
  { maxReadCells, maxResponseCells, maxExpiryLagMs }: SeriesBounds,
): Promise<Heatmap> {
  const page = readPage(query);
  const { resolution = DEFAULT_RESOLUTION, width = DEFAULT_WIDTH } = query;
  const key = { product, expiry: await chooseExpiry(reader, product, query.expiry, maxExpiryLagMs) };
  const budget = createReadBudget(maxReadCells);
  const { points, newest, nextCursor } = await readChainPage(reader, key, resolution, page, budget);
  const strikes = newest === null ? [] : strikesAround(newest, width);
  requireCells({
    snapshots: points.length,
    each: 2 * strikes.length,
    of: 'calls and puts',
    maxCells: maxResponseCells,
  });
  const columns: Heatmap['columns'] = [];
  for await (const chain of chainsAt(reader, key, timesOf(points), INTEREST_COLUMNS, budget)) {
    const places = placesOf(chain, strikes);
    const cells = (name: 'call_open_interest' | 'put_open_interest') => {
      const interest = column(chain.columns, name);
      return places.map((i) => (i < 0 || Number.isNaN(interest[i]) ? null : interest[i]));
    };
    columns.push({
      timestamp: isoTime(chain.timestamp),
      spot_price: chain.summary.spot_price,
      call_oi: cells('call_open_interest'),
      put_oi: cells('put_open_interest'),
    });
  }
  return {
    ...key,
    resolution,
    strikes,
    count: columns.length,
    columns: ordered(columns, page),
    next_cursor: nextCursor,
  };
}

/** Open interest at chosen strikes over time. Rejects as `oiHeatmap`. */
export async function oiByStrike(
  reader: ChainReader,
  product: string,
  query: ByStrikeQuery,
  { maxReadCells, maxResponseCells, maxExpiryLagMs }: SeriesBounds,
): Promise<ByStrike> {
  const page = readPage(query);
  const { resolution } = query;
  const key = { product, expiry: await chooseExpiry(reader, product, query.expiry, maxExpiryLagMs) };
  const budget = createReadBudget(maxReadCells);
  const { points, newest, nextCursor } = await readChainPage(reader, key, resolution, page, budget);
  const asked = query.strikes?.split(',').map(Number);
  const strikes = asked === undefined ? nearest(newest) : [...new Set(asked)].sort((a, b) => a - b);
  const each = strikes.length * (INTEREST_COLUMNS.length - 1);
  requireCells({ snapshots: points.length, each, of: 'cells of strikes', maxCells: maxResponseCells });
  const snapshots: ByStrike['points'][] = [];
  for await (const chain of chainsAt(reader, key, timesOf(points), INTEREST_COLUMNS, budget)) {
    const timestamp = isoTime(chain.timestamp);
    const read = interestReader(chain);
    const places = placesOf(chain, strikes);
    snapshots.push(strikes.map((strike, i) => ({ timestamp, ...read(strike, places[i]) })));
  }
  return {
    ...key,
    resolution: resolution ?? null,
    count: snapshots.length,
    points: ordered(snapshots, page).flat(),
    next_cursor: nextCursor,
  };
}

const timesOf = (points: readonly { readonly timestamp: number }[]): number[] =>
  points.map(({ timestamp }) => timestamp);

const nearest = (chain: EnrichedChain | null): number[] =>
  chain === null ? [] : strikesAround(chain, NEAREST);

/** Strikes on either side of the one at the money; of the middle one where there is none. */
function strikesAround({ columns, summary }: EnrichedChain, width: number): number[] {
  const strikes = column(columns, 'strike');
  const atm = summary.atm_strike === null ? -1 : strikes.indexOf(summary.atm_strike);
  return [...strikes.subarray(...strikeBand(strikes.length, atm < 0 ? strikes.length >> 1 : atm, width))];
}

/** Where each of these strikes, which ascend, lies in a chain; -1 where it is not listed. */
function placesOf({ columns }: EnrichedChain, strikes: readonly number[]): number[] {
  const listed = column(columns, 'strike');
  let i = 0;
  return strikes.map((strike) => {
    while (i < listed.length && listed[i] < strike) i++;
    return listed[i] === strike ? i : -1;
  });
}
