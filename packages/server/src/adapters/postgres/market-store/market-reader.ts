import {
  type Bar,
  type ColumnName,
  type EnrichedChain,
  HISTORY_FIGURES,
  type HistoryFigure,
  LAST_INSTANT_MS,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigureValues,
} from '@deltastream/contracts';
import { MalformedBlobError } from '@deltastream/contracts/codec';
import { createChainBlobCodec } from '../../../codec/chain-blob.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type {
  FigurePoint,
  ImportCounts,
  ListRange,
  MarketReader,
} from '../../../ports/stores/market-store.ts';
import { binaryArray } from '../database/binary-arrays.ts';
import type { PostgresConnection, Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { storedTick, type TickRecord } from './rows.ts';
import { createFigureList } from './schema.ts';
import { groupsOfTimes, type Span, spansOf, within } from './spans.ts';

/** Snapshots asked of the server at a time. */
const SNAPSHOT_PAGE = 64;
/** Intervals of which the last summary is asked for at a time. */
const INTERVALS_AT_ONCE = 500;
/** Neither first nor last time. */
const NOTHING: Span = { fromMs: 0, toMs: 0 };

type Snapshot = { readonly ts: number; readonly data: Buffer };

/** The read side; it never writes. */
export function createPostgresReader(connection: PostgresConnection): MarketReader {
  const { schema, run } = connection;
  const codec = createChainBlobCodec();
  const summaryColumns = createFigureList(connection, 'snapshot');
  const productColumns = createFigureList(connection, 'product_figures');

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

  /** The part of a range in which a chain has anything. */
  const ofChain = async (session: Session, product: string, expiry: string, range: Span): Promise<Span> => {
    const { rows } = await session.query(
      `SELECT first_ts, last_ts FROM ${schema}.chain_series WHERE product = $1 AND expiry = $2`,
      [product, expiry],
    );
    return rows.length === 0 ? NOTHING : within(range, rows[0].first_ts, rows[0].last_ts);
  };
  const ofTicks = async (session: Session, product: string, range: Span): Promise<Span> => {
    const { rows } = await session.query(
      `SELECT first_ts, last_ts FROM ${schema}.tick_series WHERE product = $1`,
      [product],
    );
    return rows.length === 0 ? NOTHING : within(range, rows[0].first_ts, rows[0].last_ts);
  };

  /** Rows of [from, to) in time order, up to the limit, from the end of the range that is taken. */
  const inRange = async <Row extends { readonly ts: number }>(
    session: Session,
    what: string,
    key: readonly string[],
    span: Span,
    { limit, take }: Pick<ListRange, 'limit' | 'take'>,
  ): Promise<Row[]> => {
    const found: Row[] = [];
    const keyed = ['product', 'expiry'].slice(0, key.length).map((name, i) => `${name} = $${i + 4}`);
    for (const { fromMs, toMs } of spansOf(span, take)) {
      if (found.length >= limit) break;
      const { rows } = await session.query(
        `SELECT ${what} WHERE ts >= $1 AND ts < $2 AND ${keyed.join(' AND ')}
         ORDER BY ts ${take === 'last' ? 'DESC' : 'ASC'} LIMIT $3`,
        [instant(fromMs), instant(toMs), limit - found.length, ...key],
      );
      for (const row of rows) found.push(row);
    }
    return take === 'last' ? found.reverse() : found;
  };
  const chainsInRange = async (session: Session, product: string, expiry: string, range: ListRange) => {
    const span = await ofChain(session, product, expiry, range);
    return inRange<Snapshot>(session, `ts, data FROM ${schema}.snapshot`, [product, expiry], span, range);
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
        const span = await ofChain(session, product, expiry, range);
        const what = `ts${await summaryColumns.sql(session)} FROM ${schema}.snapshot`;
        const found = await inRange<SummaryRow>(session, what, [product, expiry], span, range);
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
        const span = await ofChain(session, product, expiry, { fromMs: starts[0] ?? toMs, toMs });
        const ends = [...starts.slice(1), toMs];
        const first = ends.findIndex((end) => end > span.fromMs);
        if (first < 0) return [];
        const columns = await summaryColumns.sql(session, figures);
        const inside = starts.slice(first).filter((start) => start < span.toMs);
        const found: FigurePoint<Figure>[] = [];
        let at = first;
        for (const group of groupsOfTimes(inside, INTERVALS_AT_ONCE)) {
          const groupEnds = ends.slice(at, at + group.length);
          at += group.length;
          const { rows } = await session.query(
            `SELECT s.* FROM unnest($1::timestamptz[], $2::timestamptz[]) AS i (starts, ends)
             CROSS JOIN LATERAL (
               SELECT ts${columns} FROM ${schema}.snapshot
               WHERE product = $5 AND expiry = $6 AND ts >= i.starts AND ts < i.ends AND ts >= $3 AND ts < $4
               ORDER BY ts DESC LIMIT 1
             ) AS s ORDER BY s.ts`,
            [
              binaryArray('timestamptz', group),
              binaryArray('timestamptz', groupEnds),
              instant(group[0]),
              instant(groupEnds[groupEnds.length - 1]),
              product,
              expiry,
            ],
          );
          for (const row of rows) found.push(figurePoint(row, figures));
        }
        return found;
      }),
    async *snapshotsAt(product, expiry, timestamps, through) {
      for (const group of groupsOfTimes(timestamps, SNAPSHOT_PAGE)) {
        const { rows } = await run((session) =>
          session.query<Snapshot>(
            `SELECT ts, data FROM ${schema}.snapshot
             WHERE product = $4 AND expiry = $5 AND ts = ANY ($1::timestamptz[]) AND ts BETWEEN $2 AND $3
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
        return (await inRange<TickRecord>(session, `* FROM ${schema}.tick`, [product], span, range)).map(
          storedTick,
        );
      }),
    latestTick: (product) =>
      run(async (session) => {
        const range = { fromMs: 0, toMs: LAST_INSTANT_MS, limit: 1, take: 'last' } as const;
        const span = await ofTicks(session, product, range);
        const [found] = await inRange<TickRecord>(session, `* FROM ${schema}.tick`, [product], span, range);
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
    productFigures: (product, { fromMs, toMs, limit, take }) =>
      run(async (session) => {
        if (limit <= 0 || fromMs >= toMs) return [];
        // By the minute, which the index has, and by the instant in it.
        const { rows } = await session.query(
          `SELECT ts, as_of, progress${await productColumns.sql(session)} FROM ${schema}.product_figures
           WHERE product = $1 AND minute > $2::timestamptz - interval '1 minute' AND minute < $3
             AND ts >= $2 AND ts < $3
           ORDER BY minute ${take === 'last' ? 'DESC' : 'ASC'} LIMIT $4`,
          [product, instant(fromMs), instant(toMs), limit],
        );
        if (take === 'last') rows.reverse();
        return rows.map((row) => ({
          product,
          timestamp: row.ts,
          as_of: row.as_of,
          progress: row.progress,
          values: Object.fromEntries(
            PRODUCT_FIGURE_NAMES.map((name) => [name, row[name]]),
          ) as ProductFigureValues,
        }));
      }),
    lastProductFigures: <Figure extends ProductFigureName>(
      product: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = PRODUCT_FIGURE_NAMES as readonly Figure[],
    ) =>
      run(async (session) => {
        const columns = await productColumns.sql(session, figures);
        // By the minute, as above; of a minute there is one row.
        const { rows } = await session.query(
          `SELECT f.* FROM unnest($1::timestamptz[], $2::timestamptz[]) AS i (starts, ends)
           CROSS JOIN LATERAL (
             SELECT ts, as_of${columns} FROM ${schema}.product_figures
             WHERE product = $3 AND minute > i.starts - interval '1 minute' AND minute < i.ends
               AND ts >= i.starts AND ts < i.ends
             ORDER BY minute DESC LIMIT 1
           ) AS f ORDER BY f.ts`,
          [
            binaryArray('timestamptz', starts),
            binaryArray('timestamptz', [...starts.slice(1), toMs]),
            product,
          ],
        );
        return rows.map(({ ts, as_of, ...row }) => ({
          timestamp: ts,
          as_of,
          values: Object.fromEntries(figures.map((name) => [name, row[name]])) as Record<
            Figure,
            number | null
          >,
        }));
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

type SummaryRow = { readonly ts: number } & Readonly<Record<string, number | null>>;

const figurePoint = <Figure extends HistoryFigure>(row: SummaryRow, figures: readonly Figure[]) =>
  ({
    timestamp: row.ts,
    ...Object.fromEntries(figures.map((name) => [name, row[name]])),
  }) as FigurePoint<Figure>;
