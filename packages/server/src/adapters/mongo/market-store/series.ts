import type { Collection, Db, Filter } from 'mongodb';
import type { ListRange } from '../../../ports/stores/market/market-store.ts';
import { CHAINS, type ChainDocument, chainId, PRODUCTS, type ProductDocument } from './catalogue.ts';
import type { Stored, Versioned } from './documents.ts';
import { dayCollection, dayOf, snapshotKey, tickKey } from './keys.ts';
import { type Marks, visibleFilter, visiblePart } from './marks.ts';

/** A series of documents with one key each, over the collections of its days. */
export interface Series {
  readonly kind: 'snapshots' | 'ticks';
  readonly days: readonly number[];
  /** Only documents with quotes. */
  readonly hasQuotes?: boolean;
  key(timestamp: number): Buffer;
}

/** The snapshots of an expiry, those without quotes included, of which only the figures are kept. */
export async function chainSeries(db: Db, product: string, expiry: string): Promise<Series> {
  const found = await db.collection<ChainDocument>(CHAINS).findOne({ _id: chainId(product, expiry) });
  return ofChain(product, expiry, found?.days);
}

/** Those with quotes. */
export async function quoteSeries(db: Db, product: string, expiry: string): Promise<Series> {
  const found = await db.collection<ChainDocument>(CHAINS).findOne({ _id: chainId(product, expiry) });
  return { ...ofChain(product, expiry, found?.quotes ?? found?.days), hasQuotes: true };
}

const ofChain = (product: string, expiry: string, days: readonly number[] = []): Series => ({
  kind: 'snapshots',
  days: days.toSorted((a, b) => a - b),
  key: (timestamp) => snapshotKey(product, expiry, timestamp),
});

export async function tickSeries(db: Db, product: string): Promise<Series> {
  const found = await db.collection<ProductDocument>(PRODUCTS).findOne({ _id: product });
  const days = (found?.days ?? []).toSorted((a, b) => a - b);
  return { kind: 'ticks', days, key: (timestamp) => tickKey(product, timestamp) };
}

/** The filter of what a reader sees of a series. */
const seen = (marks: Marks, { hasQuotes }: Series) =>
  hasQuotes ? { data: { $exists: true }, ...visibleFilter(marks, 'was.data') } : visibleFilter(marks);

/** The last document at or before an instant. */
export async function lastOf<T extends Versioned>(
  db: Db,
  marks: Marks,
  series: Series,
  atMs: number,
): Promise<T | null> {
  const { kind, days, key } = series;
  const range = { $gte: key(0), $lte: key(atMs) };
  for (const day of days.filter((each) => each <= dayOf(atMs)).toReversed()) {
    const collection = db.collection(dayCollection(kind, day)) as unknown as Collection<Stored<T>>;
    const filter = { _id: range, ...seen(marks, series) } as unknown as Filter<Stored<T>>;
    const [found] = (await collection
      .find(filter)
      .sort({ _id: -1 })
      .limit(1)
      .toArray()) as unknown as Stored<T>[];
    if (found !== undefined) return visiblePart(marks, found);
  }
  return null;
}

/** The documents of [from, to) in time order, up to the limit, from the end of the range that is taken. */
export async function inRange<T extends Versioned>(
  db: Db,
  marks: Marks,
  series: Series,
  { fromMs, toMs, limit, take }: ListRange,
  projection: Readonly<Record<string, 0 | 1>> = {},
): Promise<T[]> {
  const { kind, days, key } = series;
  const documents: T[] = [];
  if (fromMs >= toMs) return documents;
  const range = { $gte: key(fromMs), $lt: key(toMs) };
  const inside = days.filter((each) => each >= dayOf(fromMs) && each <= dayOf(toMs));
  for (const day of take === 'last' ? inside.reverse() : inside) {
    const left = limit - documents.length;
    if (left <= 0) break;
    const collection = db.collection(dayCollection(kind, day)) as unknown as Collection<Stored<T>>;
    const filter = { _id: range, ...seen(marks, series) } as unknown as Filter<Stored<T>>;
    const found = (await collection
      .find(filter, { projection })
      .sort({ _id: take === 'last' ? -1 : 1 })
      .limit(left)
      .toArray()) as unknown as Stored<T>[];
    for (const each of found) {
      const part = visiblePart(marks, each);
      if (part !== null) documents.push(part);
    }
  }
  return take === 'last' ? documents.reverse() : documents;
}

/** Parts of a list of intervals that are read at the same time. */
const LANES = 4;
const FIRST_READ = 8; // Documents: neither many for nothing nor a query each.
const LARGEST_READ = 256; // Documents without their bytes, some 1 KB each.

/** Intervals that begin at `starts`, which ascend, and end where the next begins, the last one at `toMs`. */
interface Intervals {
  readonly starts: readonly number[];
  readonly toMs: number;
}

/** The last document of each interval that has one, in time order. */
export async function lastOfIntervals<T extends Versioned>(
  db: Db,
  marks: Marks,
  series: Series,
  { starts, toMs }: Intervals,
  projection: Readonly<Record<string, 0 | 1>>,
): Promise<T[]> {
  const size = Math.max(1, Math.ceil(starts.length / LANES));
  const lanes = Array.from({ length: Math.ceil(starts.length / size) }, (_, i) => ({
    starts: starts.slice(i * size, (i + 1) * size),
    toMs: starts[(i + 1) * size] ?? toMs,
  }));
  const found = await Promise.all(
    lanes.map((lane) => lastFromTheEnd<T>((range) => inRange<T>(db, marks, series, range, projection), lane)),
  );
  return found.flat();
}

/**
 * From the end backwards: what is read next ends where the interval of the oldest document begins, so that intervals
 * without any cost nothing. Reads grow while most documents are the last of theirs, and shrink where intervals are long.
 */
export async function lastFromTheEnd<T extends Timed>(
  read: (range: ListRange) => Promise<T[]>,
  { starts, toMs }: Intervals,
): Promise<T[]> {
  const found: T[] = [];
  let interval = starts.length - 1;
  let endMs = toMs;
  for (let limit = FIRST_READ; endMs > starts[0]; ) {
    const documents = await read({ fromMs: starts[0], toMs: endMs, limit, take: 'last' });
    if (documents.length === 0) break;
    const before = found.length;
    for (const document of documents.toReversed()) {
      const atMs = document.at.getTime();
      if (atMs >= endMs) continue;
      found.push(document);
      while (starts[interval] > atMs) interval--;
      endMs = starts[interval];
    }
    const isDense = found.length - before > limit / 2;
    limit = isDense ? Math.min(2 * limit, LARGEST_READ) : Math.max(1, Math.floor(limit / 2));
  }
  return found.reverse();
}

interface Timed {
  readonly at: Date;
}

/** The documents of these instants, which ascend. */
export async function ofInstants<T extends Versioned>(
  db: Db,
  marks: Marks,
  series: Series,
  timestamps: readonly number[],
): Promise<T[]> {
  const { kind, days, key } = series;
  const documents: T[] = [];
  for (const day of days) {
    const keys = timestamps.filter((timestamp) => dayOf(timestamp) === day).map(key);
    if (keys.length === 0) continue;
    const collection = db.collection(dayCollection(kind, day)) as unknown as Collection<Stored<T>>;
    const filter = { _id: { $in: keys }, ...seen(marks, series) } as unknown as Filter<Stored<T>>;
    const found = (await collection.find(filter).sort({ _id: 1 }).toArray()) as unknown as Stored<T>[];
    for (const each of found) {
      const part = visiblePart(marks, each);
      if (part !== null) documents.push(part);
    }
  }
  return documents;
}
