import {
  type Bar,
  type ColumnName,
  type EnrichedChain,
  HISTORY_FIGURES,
  type HistoryFigure,
  LAST_INSTANT_MS,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
} from '@deltastream/contracts';
import { MalformedBlobError } from '@deltastream/contracts/codec';
import { createChainBlobCodec } from '../../../codec/chain-blob.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { ImportCounts, ListRange, MarketReader } from '../../../ports/stores/market/market-store.ts';
import { figurePoint, productFigures, productPlaces, productPoint } from '../../rollups/figure-points.ts';
import { lastOfIntervals, listFigures } from '../../rollups/rolled-reads.ts';
import { binaryArray } from '../database/binary-arrays.ts';
import type { PostgresConnection, Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { createFigureSources } from './rollups/figure-sources.ts';
import { storedTick, type TickRecord } from './rows.ts';
import { groupsOfTimes } from './spans.ts';
import { createStoredRanges } from './stored-ranges.ts';

/** Snapshots asked of the server at a time. */
const SNAPSHOT_PAGE = 64;

type Snapshot = { readonly ts: number; readonly data: Buffer };

/** The read side; it never writes. */
export function createPostgresReader(connection: PostgresConnection): MarketReader {
  const { schema, run } = connection;
  const codec = createChainBlobCodec();
  const ranges = createStoredRanges(connection);
  const { ofChain, ofTicks, inRange } = ranges;
  const { chainSource, productSource } = createFigureSources(connection, ranges);

  const decoded = (product: string, expiry: string, { ts, data }: Snapshot, through?: ColumnName) => {
    const where = `${connection.place}: snapshot of ${product} ${expiry} at ${new Date(ts).toISOString()}`;
    let chain: EnrichedChain;
    try {
      chain = codec.decode(data, through);
    } catch (cause) {
      if (!(cause instanceof MalformedBlobError)) throw cause;
      throw new DeltaStreamError('stored_data_damaged', `${where}: ${cause.message}`, { cause });
    }
    if (chain.product === product && chain.expiry === expiry && chain.timestamp === ts) return chain;
    throw new DeltaStreamError('stored_data_damaged', `${where}: another lies in its place`);
  };

  const chainsInRange = async (session: Session, product: string, expiry: string, range: ListRange) => {
    const span = await ofChain(session, product, expiry, range, 'quotes_from');
    const what = `ts, data FROM ${schema}.snapshot WHERE octet_length(data) > 0`;
    return inRange<Snapshot>(session, what, [product, expiry], span, range);
  };

  const asOf = async (product: string, expiry: string, atMs: number): Promise<EnrichedChain | null> => {
    const range: ListRange = { fromMs: 0, toMs: atMs + 1, limit: 1, take: 'last' };
    const [found] = await run((session) => chainsInRange(session, product, expiry, range));
    return found === undefined ? null : decoded(product, expiry, found);
  };

  return {
    products: () =>
      run(async (session) => {
        const [chains, ticks] = await Promise.all([
          session.query(
            `SELECT DISTINCT ON (product) product, currency, spot AS price, last_ts
             FROM ${schema}.chain_series ORDER BY product, last_ts DESC, expiry DESC`,
          ),
          session.query(
            `SELECT product, currency, price, previous_close, last_ts FROM ${schema}.tick_series`,
          ),
        ]);
        const byName = new Map([...chains.rows, ...ticks.rows].map((row) => [row.product as string, row]));
        return [...byName.values()]
          .map(({ product, currency, price, previous_close, last_ts }) => ({
            ...{ product, currency, price },
            previousClose: previous_close ?? null,
            timestamp: last_ts,
          }))
          .sort((a, b) => (a.product < b.product ? -1 : 1));
      }),
    expiries: (product) =>
      run(async (session) => {
        const { rows } = await session.query(
          `SELECT expiry, expiry_at, first_ts, last_ts FROM ${schema}.chain_series
           WHERE product = $1 ORDER BY expiry`,
          [product],
        );
        return rows.map(({ expiry, expiry_at, first_ts, last_ts }) => ({
          expiry,
          expiryAt: expiry_at,
          firstTimestamp: first_ts,
          lastTimestamp: last_ts,
        }));
      }),
    latest: (product, expiry) => asOf(product, expiry, LAST_INSTANT_MS - 1),
    asOf,
    summaries: (product, expiry, range) =>
      run(async (session) => {
        const found = await listFigures(await chainSource(session, product, expiry), range);
        return found.map((row) => figurePoint(row, HISTORY_FIGURES));
      }),
    lastSummaries: <Figure extends HistoryFigure>(
      product: string,
      expiry: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = HISTORY_FIGURES as readonly Figure[],
    ) =>
      run(async (session) => {
        const places = figures.map((name) => HISTORY_FIGURES.indexOf(name));
        const found = await lastOfIntervals(
          await chainSource(session, product, expiry),
          starts,
          toMs,
          places,
        );
        return found.map((row) => figurePoint(row, figures));
      }),
    async *snapshotsAt(product, expiry, timestamps, through) {
      for (const group of groupsOfTimes(timestamps, SNAPSHOT_PAGE)) {
        const { rows } = await run((session) =>
          session.query<Snapshot>(
            `SELECT ts, data FROM ${schema}.snapshot
             WHERE product = $4 AND expiry = $5 AND ts = ANY ($1::timestamptz[]) AND ts BETWEEN $2 AND $3
               AND octet_length(data) > 0
             ORDER BY ts`,
            [
              binaryArray('timestamptz', group),
              instant(group[0]),
              instant(group[group.length - 1]),
              product,
              expiry,
            ],
          ),
        );
        for (const row of rows) yield decoded(product, expiry, row, through);
      }
    },
    async *snapshots(product, expiry, range) {
      let { fromMs, limit } = range;
      while (limit > 0) {
        const asked = Math.min(limit, SNAPSHOT_PAGE);
        const page = { fromMs, toMs: range.toMs, limit: asked };
        const found = await run((session) => chainsInRange(session, product, expiry, page));
        for (const row of found) yield decoded(product, expiry, row);
        if (found.length < asked) return;
        limit -= found.length;
        fromMs = found[found.length - 1].ts + 1;
      }
    },
    ticks: (product, range) =>
      run(async (session) => {
        const span = await ofTicks(session, product, range);
        return (
          await inRange<TickRecord>(session, `* FROM ${schema}.tick WHERE true`, [product], span, range)
        ).map(storedTick);
      }),
    latestTick: (product) =>
      run(async (session) => {
        const range = { fromMs: 0, toMs: LAST_INSTANT_MS, limit: 1, take: 'last' } as const;
        const span = await ofTicks(session, product, range);
        const [found] = await inRange<TickRecord>(
          session,
          `* FROM ${schema}.tick WHERE true`,
          [product],
          span,
          range,
        );
        return found === undefined ? null : storedTick(found);
      }),
    bars: (product, interval, { fromMs, toMs, limit, take }) =>
      run(async (session) => {
        if (limit <= 0 || fromMs >= toMs) return [];
        const { rows } = await session.query(
          `SELECT starts_at, open_at, open, high, low, close_at, close FROM ${schema}.bar
           WHERE product = $1 AND bar_interval = $2 AND starts_at >= $3 AND starts_at < $4
           ORDER BY starts_at ${take === 'last' ? 'DESC' : 'ASC'} LIMIT $5`,
          [product, interval, instant(fromMs), instant(toMs), limit],
        );
        if (take === 'last') rows.reverse();
        return rows.map(
          ({ starts_at, ...prices }): Bar => ({ product, interval, start: starts_at, ...prices }),
        );
      }),
    productFigures: (product, range) =>
      run(async (session) => {
        const found = await listFigures(await productSource(session, product), range);
        return found.map((row) => productFigures(product, row));
      }),
    lastProductFigures: <Figure extends ProductFigureName>(
      product: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = PRODUCT_FIGURE_NAMES as readonly Figure[],
    ) =>
      run(async (session) => {
        const source = await productSource(session, product);
        const found = await lastOfIntervals(source, starts, toMs, productPlaces(figures));
        return found.map((row) => productPoint(row, figures));
      }),
    counts: () =>
      run(async (session) => {
        const { rows } = await session.query(
          `SELECT coalesce(sum(snapshots), 0)::bigint AS snapshots, coalesce(sum(quotes), 0)::bigint AS quotes,
             coalesce(sum(ticks), 0)::bigint AS ticks, coalesce(sum(bars), 0)::bigint AS bars,
             (SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
              WHERE relnamespace = to_regnamespace($1) AND relkind = 'r') AS bytes
           FROM ${schema}.day_count`,
          [schema],
        );
        return rows[0];
      }),
    importCounts: (generation) =>
      run(async (session) => {
        const { rows } = await session.query(
          `SELECT kind, outcome, taken FROM ${schema}.import_count WHERE generation = $1`,
          [generation],
        );
        const taken = new Map(rows.map((row) => [`${row.kind} ${row.outcome}`, row.taken as number]));
        const of = (kind: string) => ({
          new: taken.get(`${kind} new`) ?? 0,
          replaced: taken.get(`${kind} replaced`) ?? 0,
          same: taken.get(`${kind} same`) ?? 0,
        });
        return { chains: of('chains'), ticks: of('ticks') } satisfies ImportCounts;
      }),
    latestImport: () =>
      run(async (session) => {
        const { rows } = await session.query(
          `SELECT coalesce(max(abs(generation)), 0) AS latest FROM ${schema}.import_count`,
        );
        return rows[0].latest;
      }),
    importedRows: () =>
      run(async (session) => {
        const { rows } = await session.query(
          `SELECT coalesce(sum(taken), 0)::float8 AS rows FROM ${schema}.import_count`,
        );
        return rows[0].rows;
      }),
  };
}
