import {
  type ColumnName,
  type EnrichedChain,
  HISTORY_FIGURES,
  type HistoryFigure,
  LAST_INSTANT_MS,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
} from '@deltastream/contracts';
import { MalformedBlobError } from '@deltastream/contracts/codec';
import type { Db } from 'mongodb';
import { createChainBlobCodec } from '../../../codec/chain-blob.ts';
import { createFigureBlockCodec } from '../../../codec/figure-block.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader, StoredProduct } from '../../../ports/stores/market/market-store.ts';
import { figurePoint, productFigures, productPlaces, productPoint } from '../../rollups/figure-points.ts';
import { lastOfIntervals, listFigures } from '../../rollups/rolled-reads.ts';
import type { MongoConnection } from '../connect.ts';
import { BARS } from './bars.ts';
import { CHAINS, type ChainDocument, PRODUCTS, type ProductDocument } from './catalogue.ts';
import {
  type BarDocument,
  barId,
  barOf,
  type SnapshotDocument,
  storedTick,
  type TickDocument,
} from './documents.ts';
import { dayCollection, dayOf, snapshotKey } from './keys.ts';
import { readMarks, WRITERS, type WriterMark } from './marks.ts';
import { chainSource, productSource } from './rollups/figure-sources.ts';
import { removedInAll } from './rollups/retention.ts';
import { inRange, lastOf, ofInstants, quoteSeries, tickSeries } from './series.ts';

/** Snapshots asked of the server at a time. */
const SNAPSHOT_PAGE = 64;
/** The read side; it never writes. Every read takes the writers' marks first and sees what they say. */
export function createMongoReader(connection: MongoConnection): MarketReader {
  const codec = createChainBlobCodec();
  const blocks = createFigureBlockCodec();
  const decoded = (
    { _id, product, expiry, at, data }: SnapshotDocument,
    through?: ColumnName,
  ): EnrichedChain => {
    const time = at.getTime();
    const where = `${dayCollection('snapshots', dayOf(time))}: the snapshot of ${product} ${expiry} at ${at.toISOString()}`;
    let chain: EnrichedChain;
    try {
      chain = codec.decode(data, through);
    } catch (cause) {
      if (!(cause instanceof MalformedBlobError)) throw cause;
      throw new DeltaStreamError('stored_data_damaged', `${where}: ${cause.message}`, { cause });
    }
    if (Buffer.compare(_id, snapshotKey(chain.product, chain.expiry, chain.timestamp)) === 0) return chain;
    throw new DeltaStreamError('stored_data_damaged', `${where}: another lies in its place`);
  };

  const asOf = (product: string, expiry: string, atMs: number) =>
    connection.run(async (db) => {
      const [marks, series] = await Promise.all([readMarks(db), quoteSeries(db, product, expiry)]);
      const document = await lastOf<SnapshotDocument>(db, marks, series, atMs);
      return document === null ? null : decoded(document);
    });

  return {
    products: () =>
      connection.run(async (db) => {
        const [chains, ticks] = await Promise.all([
          db.collection<ChainDocument>(CHAINS).find().toArray(),
          db.collection<ProductDocument>(PRODUCTS).find().toArray(),
        ]);
        const products = new Map<string, StoredProduct & { timestamp: number }>();
        for (const { product, currency, spot, at } of chains) {
          const timestamp = at.getTime();
          if ((products.get(product)?.timestamp ?? -1) > timestamp) continue;
          products.set(product, { product, currency, price: spot, previousClose: null, timestamp });
        }
        for (const { _id, currency, price, previous_close, at } of ticks) {
          const timestamp = at.getTime();
          products.set(_id, { product: _id, currency, price, previousClose: previous_close, timestamp });
        }
        return [...products.values()].sort((a, b) => (a.product < b.product ? -1 : 1));
      }),
    expiries: (product) =>
      connection.run(async (db) => {
        const chains = await db
          .collection<ChainDocument>(CHAINS)
          .find({ product })
          .sort({ expiry: 1 })
          .toArray();
        return chains.map(({ expiry, expiry_at, first, at }) => ({
          expiry,
          expiryAt: expiry_at.getTime(),
          firstTimestamp: first.getTime(),
          lastTimestamp: at.getTime(),
        }));
      }),
    latest: (product, expiry) => asOf(product, expiry, LAST_INSTANT_MS),
    asOf,
    summaries: (product, expiry, range) =>
      connection.run(async (db) => {
        const found = await listFigures(await chainSource(db, blocks, product, expiry), range);
        return found.map((row) => figurePoint(row, HISTORY_FIGURES));
      }),
    lastSummaries: <Figure extends HistoryFigure>(
      product: string,
      expiry: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = HISTORY_FIGURES as readonly Figure[],
    ) =>
      connection.run(async (db) => {
        const places = figures.map((name) => HISTORY_FIGURES.indexOf(name));
        const source = await chainSource(db, blocks, product, expiry);
        const found = await lastOfIntervals(source, starts, toMs, places);
        return found.map((row) => figurePoint(row, figures));
      }),
    async *snapshotsAt(product, expiry, timestamps, through) {
      for (let i = 0; i < timestamps.length; i += SNAPSHOT_PAGE) {
        const page = timestamps.slice(i, i + SNAPSHOT_PAGE);
        const documents = await connection.run(async (db) => {
          const [marks, series] = await Promise.all([readMarks(db), quoteSeries(db, product, expiry)]);
          return ofInstants<SnapshotDocument>(db, marks, series, page);
        });
        for (const document of documents) yield decoded(document, through);
      }
    },
    async *snapshots(product, expiry, range) {
      let { fromMs, limit } = range;
      while (limit > 0) {
        const asked = Math.min(limit, SNAPSHOT_PAGE);
        const page = { fromMs, toMs: range.toMs, limit: asked };
        const documents = await connection.run(async (db) => {
          const [marks, series] = await Promise.all([readMarks(db), quoteSeries(db, product, expiry)]);
          return inRange<SnapshotDocument>(db, marks, series, page);
        });
        for (const document of documents) yield decoded(document);
        if (documents.length < asked) return;
        limit -= documents.length;
        fromMs = documents[documents.length - 1].at.getTime() + 1;
      }
    },
    ticks: (product, range) =>
      connection.run(async (db) => {
        const [marks, series] = await Promise.all([readMarks(db), tickSeries(db, product)]);
        return (await inRange<TickDocument>(db, marks, series, range)).map(storedTick);
      }),
    latestTick: (product) =>
      connection.run(async (db) => {
        const [marks, series] = await Promise.all([readMarks(db), tickSeries(db, product)]);
        const document = await lastOf<TickDocument>(db, marks, series, LAST_INSTANT_MS);
        return document === null ? null : storedTick(document);
      }),
    bars: (product, interval, { fromMs, toMs, limit, take }) =>
      connection.run(async (db) => {
        if (limit <= 0) return [];
        const _id = { $gte: barId(product, interval, fromMs), $lt: barId(product, interval, toMs) };
        const found = await db
          .collection<BarDocument>(BARS)
          .find({ _id })
          .sort({ _id: take === 'last' ? -1 : 1 })
          .limit(limit)
          .toArray();
        if (take === 'last') found.reverse();
        return found.map((document) => barOf(product, interval, document));
      }),
    productFigures: (product, range) =>
      connection.run(async (db) => {
        const found = await listFigures(productSource(db, blocks, product), range);
        return found.map((row) => productFigures(product, row));
      }),
    lastProductFigures: <Figure extends ProductFigureName>(
      product: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = PRODUCT_FIGURE_NAMES as readonly Figure[],
    ) =>
      connection.run(async (db) => {
        const source = productSource(db, blocks, product);
        const found = await lastOfIntervals(source, starts, toMs, productPlaces(figures));
        return found.map((row) => productPoint(row, figures));
      }),
    counts: () =>
      connection.run(async (db) => {
        const [marks, removed, bars, { storageSize, indexSize }] = await Promise.all([
          db.collection<WriterMark>(WRITERS).find().toArray(),
          removedInAll(db),
          db.collection(BARS).estimatedDocumentCount(),
          db.stats(),
        ]);
        const total = (name: 'snapshots' | 'quotes' | 'ticks') =>
          marks.reduce((sum, mark) => sum + mark[name], 0) - removed[name];
        return {
          snapshots: total('snapshots'),
          quotes: total('quotes'),
          ticks: total('ticks'),
          bars,
          bytes: storageSize + indexSize,
        };
      }),
    importCounts: (generation) =>
      connection.run(async (db) => {
        const marks = await importMarks(db);
        const total = (field: string) =>
          marks.reduce((sum, { imports }) => sum + (imports?.[String(generation)]?.[field] ?? 0), 0);
        const counts = (kind: string) => ({
          new: total(`${kind}_new`),
          replaced: total(`${kind}_replaced`),
          same: total(`${kind}_same`),
        });
        return { chains: counts('chains'), ticks: counts('ticks') };
      }),
    latestImport: () =>
      connection.run(async (db) => {
        const generations = (await importMarks(db)).flatMap(({ imports }) => Object.keys(imports ?? {}));
        return Math.max(0, ...generations.map((each) => Math.abs(Number(each))));
      }),
    importedRows: () =>
      connection.run(async (db) =>
        (await importMarks(db))
          .flatMap(({ imports }) => Object.values(imports ?? {}).flatMap((each) => Object.values(each)))
          .reduce((sum, rows) => sum + rows, 0),
      ),
  };
}

const importMarks = (db: Db) =>
  db
    .collection<WriterMark>(WRITERS)
    .find({}, { projection: { imports: 1 } })
    .toArray();
