import {
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigureValues,
} from '@deltastream/contracts';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import {
  isLaterFigures,
  type ListRange,
  type ProductFigurePoint,
  type StoredProductFigures,
} from '../../../ports/stores/market-store.ts';
import { retryTakenKeys } from '../connect.ts';
import { lastFromTheEnd } from './series.ts';

const PRODUCT_FIGURES = 'product_figures';
const MINUTE_MS = 60_000;

/** The last figures of a product and minute; a figure that is null is left out. */
interface FiguresDocument extends Readonly<Partial<Record<ProductFigureName, number>>> {
  readonly _id: string;
  readonly at: Date;
  readonly as_of: Date;
  readonly progress: number;
}

/** Product and minute with leading zeros, so that ids of a product ascend in time. */
const idOf = (product: string, epochMs: number): string =>
  `${product} ${String(Math.floor(epochMs / MINUTE_MS)).padStart(12, '0')}`;

/** Puts figures where they lie, each a document of its own; the updates commute and may be repeated. */
export async function putProductFigures(db: Db, figures: readonly StoredProductFigures[]): Promise<void> {
  const last = new Map<string, StoredProductFigures>();
  for (const each of figures) {
    const id = idOf(each.product, each.timestamp);
    const held = last.get(id);
    if (held === undefined || !isLaterFigures(held, each)) last.set(id, each);
  }
  if (last.size === 0) return;
  const documents = [...last].map(([id, each]) => documentOf(id, each));
  const collection = db.collection<FiguresDocument>(PRODUCT_FIGURES);
  const missing = documents.map(
    ({ _id, ...rest }): AnyBulkWriteOperation<FiguresDocument> => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
    }),
  );
  await retryTakenKeys(() => collection.bulkWrite(missing, { ordered: false }));
  const earlier = documents.map(
    ({ _id, ...rest }): AnyBulkWriteOperation<FiguresDocument> => ({
      replaceOne: {
        filter: {
          _id,
          $or: [{ at: { $lt: rest.at } }, { at: rest.at, progress: { $lte: rest.progress } }],
        } as object,
        replacement: rest,
      },
    }),
  );
  await collection.bulkWrite(earlier, { ordered: false });
}

/** The figures of [from, to) in time order, up to the limit, from the end of the range that is taken. */
export async function readProductFigures(
  db: Db,
  product: string,
  range: ListRange,
): Promise<StoredProductFigures[]> {
  const found = await documentsWithin(db, product, range);
  return found.map((document) => figuresOf(product, document));
}

async function documentsWithin(
  db: Db,
  product: string,
  { fromMs, toMs, limit, take }: ListRange,
  projection: Readonly<Record<string, 1>> = {},
): Promise<FiguresDocument[]> {
  if (limit <= 0 || toMs <= fromMs) return [];
  const found = await db
    .collection<FiguresDocument>(PRODUCT_FIGURES)
    .find({
      _id: { $gte: idOf(product, fromMs), $lte: idOf(product, toMs) },
      at: { $gte: new Date(fromMs), $lt: new Date(toMs) },
    } as object)
    .project<FiguresDocument>(projection)
    .sort({ _id: take === 'last' ? -1 : 1 })
    .limit(limit)
    .toArray();
  return take === 'last' ? found.reverse() : found;
}

/** The last figures of each interval that has any, in time order. */
export async function readLastProductFigures<Figure extends ProductFigureName>(
  db: Db,
  product: string,
  intervals: { readonly starts: readonly number[]; readonly toMs: number },
  figures: readonly Figure[] = PRODUCT_FIGURE_NAMES as readonly Figure[],
): Promise<ProductFigurePoint<Figure>[]> {
  const projection = Object.fromEntries(['at', 'as_of', ...figures].map((name) => [name, 1] as const));
  const found = await lastFromTheEnd((range) => documentsWithin(db, product, range, projection), intervals);
  return found.map((document) => ({
    timestamp: document.at.getTime(),
    as_of: document.as_of.getTime(),
    values: Object.fromEntries(figures.map((name) => [name, document[name] ?? null])) as Record<
      Figure,
      number | null
    >,
  }));
}

function documentOf(
  _id: string,
  { timestamp, as_of, progress, values }: StoredProductFigures,
): FiguresDocument {
  const known = Object.entries(values).filter(([, value]) => value !== null);
  return {
    _id,
    at: new Date(timestamp),
    as_of: new Date(as_of),
    progress,
    ...(Object.fromEntries(known) as Partial<Record<ProductFigureName, number>>),
  };
}

function figuresOf(product: string, document: FiguresDocument): StoredProductFigures {
  const values = PRODUCT_FIGURE_NAMES.map((name) => [name, document[name] ?? null]);
  return {
    product,
    timestamp: document.at.getTime(),
    as_of: document.as_of.getTime(),
    progress: document.progress,
    values: Object.fromEntries(values) as ProductFigureValues,
  };
}
