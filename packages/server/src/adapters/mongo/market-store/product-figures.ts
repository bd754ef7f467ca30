import type { ProductFigureName } from '@deltastream/contracts';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import {
  isLaterFigures,
  type ListRange,
  type StoredProductFigures,
} from '../../../ports/stores/market/market-store.ts';
import { PRODUCT_NAMES } from '../../rollups/figure-points.ts';
import type { Cells } from '../../rollups/merge-figures.ts';
import { retryTakenKeys } from '../connect.ts';
import { lastFromTheEnd } from './series.ts';

export const PRODUCT_FIGURES = 'product_figures';

type ProductName = (typeof PRODUCT_NAMES)[number];
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

/** The time and these figures, by default all, of [from, to) in time order, up to the limit, from the end that is taken. */
export async function readProductRows(
  db: Db,
  product: string,
  range: ListRange,
  names: readonly ProductName[] = PRODUCT_NAMES,
): Promise<Cells[]> {
  const found = await documentsWithin(db, product, range, projectionOf(names));
  return found.map((document) => cellsOf(document, names));
}

/** Products that have figures; steps through the ids. */
export async function productsWithFigures(db: Db): Promise<string[]> {
  const products: string[] = [];
  for (let after = ''; ; ) {
    const [found] = await db
      .collection<FiguresDocument>(PRODUCT_FIGURES)
      .find({ _id: { $gt: after } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(1)
      .toArray();
    if (found === undefined) return products;
    const product = found._id.slice(0, found._id.lastIndexOf(' '));
    products.push(product);
    after = `${product} ~`;
  }
}

/** Removes those of minutes that begin before an instant. */
export async function removeProductFigures(db: Db, product: string, beforeMs: number): Promise<void> {
  const _id = { $gte: idOf(product, 0), $lt: idOf(product, beforeMs) };
  await db.collection<FiguresDocument>(PRODUCT_FIGURES).deleteMany({ _id });
}

async function documentsWithin(
  db: Db,
  product: string,
  { fromMs, toMs, limit, take }: ListRange,
  projection: Readonly<Record<string, 1>>,
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

/** The time and these figures of the last of each interval that has any, in time order. */
export async function readLastProductRows(
  db: Db,
  product: string,
  intervals: { readonly starts: readonly number[]; readonly toMs: number },
  names: readonly ProductName[],
): Promise<Cells[]> {
  const projection = projectionOf(names);
  const found = await lastFromTheEnd((range) => documentsWithin(db, product, range, projection), intervals);
  return found.map((document) => cellsOf(document, names));
}

const projectionOf = (names: readonly ProductName[]): Readonly<Record<string, 1>> =>
  Object.fromEntries(['at', ...names].map((name) => [name, 1] as const));

const cellsOf = (document: FiguresDocument, names: readonly ProductName[]): Cells => [
  document.at.getTime(),
  ...names.map((name) => (name === 'as_of' ? document.as_of.getTime() : (document[name] ?? null))),
];

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
