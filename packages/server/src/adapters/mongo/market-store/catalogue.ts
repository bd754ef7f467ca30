import type { AnyBulkWriteOperation, UpdateFilter } from 'mongodb';
import { compareVersions } from '../../../ports/stores/version-order.ts';
import { type MongoConnection, retryTakenKeys } from '../connect.ts';
import { dayOf, isPast } from './keys.ts';
import type { Batch } from './writing/batch.ts';

export const CHAINS = 'chains';
export const PRODUCTS = 'products';

/** What every series has: the days with data, its first time, and the version of its latest. */
interface SeriesDocument {
  readonly _id: string;
  readonly days: readonly number[];
  readonly first: Date;
  readonly at: Date;
  readonly epoch: string;
  readonly seq: number;
  /** Of an import; absent: 0. */
  readonly generation?: number;
}

/** One expiry of a product; `_id` is "NIFTY 2026-08-25". */
export interface ChainDocument extends SeriesDocument {
  readonly product: string;
  readonly expiry: string;
  readonly expiry_at: Date;
  readonly currency: string;
  readonly spot: number | null;
  /** Of the days with data those with quotes; absent before the schema had it: all. */
  readonly quotes?: readonly number[];
}

/** The ticks of a product; `_id` is the product. */
export interface ProductDocument extends SeriesDocument {
  readonly currency: string;
  readonly price: number;
  readonly previous_close: number | null;
}

export const chainId = (product: string, expiry: string): string => `${product} ${expiry}`;

interface Seen<T extends SeriesDocument> {
  first: Date;
  readonly days: Set<number>;
  latest: Omit<T, 'first' | 'days'>;
}

/**
 * Keeps which series exist, on which days, and what the latest of each says. Both updates of a series
 * commute and may be repeated. They precede the commit of their batch, so a series may be listed a moment
 * before its first document can be read, and never the other way round.
 */
export interface CatalogueWriter {
  write(update: MongoConnection['update'], batch: Batch): Promise<void>;
  /** Forgets what it knows to be there. */
  forget(): void;
}

export function createCatalogueWriter(): CatalogueWriter {
  /** First time and days of each series that this writer has made sure of. */
  const known = new Map<string, { first: number; days: Set<number> }>();

  const writeSeries = async <T extends SeriesDocument>(
    update: MongoConnection['update'],
    name: string,
    seen: Map<string, Seen<T>>,
  ) => {
    if (seen.size === 0) return;
    const operations: AnyBulkWriteOperation<T>[] = [];
    for (const [id, { first, days, latest }] of seen) {
      const sure = known.get(`${name} ${id}`);
      // Retention changes the lists of past days.
      const isSure = (day: number) => sure?.days.has(day) && !isPast(day);
      if (sure === undefined || first.getTime() < sure.first || [...days].some((day) => !isSure(day))) {
        const { _id, ...inserted } = latest;
        operations.push({
          updateOne: {
            filter: { _id: id },
            update: {
              $setOnInsert: inserted,
              $min: { first },
              $addToSet: {
                days: { $each: [...days] },
                ...(name === CHAINS && { quotes: { $each: [...days] } }),
              },
            } as unknown as UpdateFilter<T>,
            upsert: true,
          },
        } as unknown as AnyBulkWriteOperation<T>);
      }
      const { _id, ...fields } = latest;
      operations.push({
        updateOne: {
          filter: { _id: id, $or: notNewerThan(latest as unknown as SeriesDocument) },
          update: {
            $set: fields,
            ...('generation' in fields ? {} : { $unset: { generation: '' } }),
          },
        },
      } as unknown as AnyBulkWriteOperation<T>);
    }
    // Retention changes the same documents.
    await update((db) =>
      retryTakenKeys(() => db.collection<T>(name).bulkWrite(operations, { ordered: true })),
    );
    for (const [id, { first, days }] of seen) {
      const sure = known.get(`${name} ${id}`) ?? { first: first.getTime(), days: new Set<number>() };
      sure.first = Math.min(sure.first, first.getTime());
      for (const day of days) sure.days.add(day);
      known.set(`${name} ${id}`, sure);
    }
  };

  return {
    async write(update, { snapshots, chains, ticks }) {
      const chainSeries = new Map<string, Seen<ChainDocument>>();
      for (const [i, { product, expiry, at, epoch, seq, generation }] of snapshots.entries()) {
        const { expiryAt, currency, spot } = chains[i];
        const _id = chainId(product, expiry);
        const expiry_at = new Date(expiryAt);
        const version = { at, epoch, seq, ...(generation ? { generation } : {}) };
        see(chainSeries, { _id, product, expiry, ...version, expiry_at, currency, spot });
      }
      const productSeries = new Map<string, Seen<ProductDocument>>();
      for (const { product, at, epoch, seq, generation, currency, price, previous_close } of ticks) {
        const version = { at, epoch, seq, ...(generation ? { generation } : {}) };
        see(productSeries, { _id: product, ...version, currency, price, previous_close });
      }
      await Promise.all([
        writeSeries(update, CHAINS, chainSeries),
        writeSeries(update, PRODUCTS, productSeries),
      ]);
    },
    forget: () => known.clear(),
  };
}

/** Conditions of which one holds for a document whose latest is not newer, in the order of `compareVersions`. */
function notNewerThan({ at, epoch, seq, generation = 0 }: SeriesDocument): object[] {
  // `null` also matches a document without the field.
  const equal = generation === 0 ? null : generation;
  return [
    { at: { $lt: at } },
    { at, generation: { $lt: generation } },
    ...(generation > 0 ? [{ at, generation: null }] : []),
    { at, generation: equal, epoch: { $lt: epoch } },
    { at, generation: equal, epoch, seq: { $lte: seq } },
  ];
}

function see<T extends SeriesDocument>(series: Map<string, Seen<T>>, given: Seen<T>['latest']): void {
  const { _id, at } = given as Pick<T, '_id' | 'at'>;
  const day = dayOf(at.getTime());
  const held = series.get(_id);
  if (held === undefined) {
    series.set(_id, { first: at, days: new Set([day]), latest: given });
    return;
  }
  held.days.add(day);
  if (at < held.first) held.first = at;
  if (isLater(given as unknown as SeriesDocument, held.latest as unknown as SeriesDocument))
    held.latest = given;
}

function isLater(a: SeriesDocument, than: SeriesDocument): boolean {
  const difference = a.at.getTime() - than.at.getTime();
  return difference > 0 || (difference === 0 && compareVersions(a, than) >= 0);
}
