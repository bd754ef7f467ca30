import {
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigureValues,
} from '@deltastream/contracts';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import {
  isLaterFigures,
  type ListRange,
  type StoredProductFigures,
} from '../../../ports/stores/market-store.ts';
import { retryTakenKeys } from '../connect.ts';

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
  { fromMs, toMs, limit, take }: ListRange,
): Promise<StoredProductFigures[]> {
  if (limit <= 0 || toMs <= fromMs) return [];
  const found = await db
    .collection<FiguresDocument>(PRODUCT_FIGURES)
    .find({
      _id: { $gte: idOf(product, fromMs), $lte: idOf(product, toMs) },
      at: { $gte: new Date(fromMs), $lt: new Date(toMs) },
    } as object)
    .sort({ _id: take === 'last' ? -1 : 1 })
    .limit(limit)
    .toArray();
  if (take === 'last') found.reverse();
  return found.map((document) => figuresOf(product, document));
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
