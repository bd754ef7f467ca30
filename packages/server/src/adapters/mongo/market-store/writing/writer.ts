import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import { createSnapshotComparison } from '../../../../codec/same-content.ts';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import { allDone } from '../../../all-done.ts';
import { chainSeries } from '../../../rollups/figure-kinds.ts';
import type { SeriesHour } from '../../../rollups/hour-blocks.ts';
import { hourOf } from '../../../rollups/merge-figures.ts';
import { isDuplicateKey, type MongoConnection } from '../../connect.ts';
import { mergeBarsInto } from '../bars.ts';
import { createCatalogueWriter } from '../catalogue.ts';
import type { SnapshotDocument, Stamp, Stored, TickDocument, Versioned } from '../documents.ts';
import { dayCollection, dayOf, isPast } from '../keys.ts';
import { marksOf, readMarks } from '../marks.ts';
import { enterPlaces, leavePlaces, pastPlaces } from '../past-places.ts';
import { putProductFigures } from '../product-figures.ts';
import { markLate } from '../rollups/collections.ts';
import type { Batch, TickTime } from './batch.ts';
import { lastCommitted, leftBehind } from './left-behind.ts';
import { type Added, type ImportCount, type PutContext, putVersioned, sumOf } from './versioned-put.ts';

/** Commits batches, one at a time. */
export interface Writer {
  /** Makes a batch durable and visible at once. Rejects with `store_failed`; it may then be put again. */
  commit(batch: Batch): Promise<void>;
  /** Takes leave of the other writers; idempotent. */
  close(): Promise<void>;
}

export interface WriterSettings {
  /**
   * A writer that has not committed for so long is taken for gone by the next one that opens; when it is not,
   * it goes on under a new number. Must be longer than an operation can be under way.
   */
  readonly writerLeaseMs: number;
}

/** A number, how many batches were committed under it, and when, on the clock of this process. */
interface Identity {
  readonly id: number;
  committed: number;
  usedAt: number;
}

/** Tries of one batch, when other writers need its documents at the same time. */
const MAX_TRIES = 6;
const MAX_PAUSE_MS = 200; // Random up to it, so that two that collided do not meet again.
/**
 * A number that is not used any more stays bounded by its mark for so long, because its writer may be idle and
 * not know; a writer gives its number up after half of that.
 */
const RETENTION_MS = 24 * 60 * 60 * 1000;

/**
 * One writer of possibly many. It has a number and numbers its batches; marks.ts says what that is for. After a
 * batch that failed half-way, and after another writer fenced it, it goes on under a new number, so that what
 * it left behind is never taken for committed. Such documents are replaced when their batch is put again, as a
 * bus does that was not told they are stored; what nobody put again is adopted once its writer's lease is over.
 */
export async function openWriter(connection: MongoConnection, settings: WriterSettings): Promise<Writer> {
  const catalogue = createCatalogueWriter();
  const prepared = new Set<string>();
  let current: Identity | null = null;

  const comparison = createSnapshotComparison();

  const contextOf = (db: Db, stamp: Stamp): Omit<PutContext, 'saySame' | 'isCounted' | 'onMet'> => ({
    stamp,
    readMarks: () => readMarks(db),
    fence: (writer, batch) =>
      connection.update((on) =>
        marksOf(on).updateOne(
          { _id: writer, state: 'open', committed: { $lt: batch } },
          { $set: { state: 'fenced' } },
        ),
      ),
  });

  /** Makes sure that a day's collection is there, with the index by which what was left behind is found. */
  const prepare = async <T extends Versioned>(
    db: Db,
    kind: 'snapshots' | 'ticks',
    day: number,
  ): Promise<Collection<Stored<T>>> => {
    const name = dayCollection(kind, day);
    const collection = db.collection<Stored<T>>(name);
    // Retention may have dropped that of a past day since.
    if (!prepared.has(name) || isPast(day)) await collection.createIndex({ writer: 1, batch: 1 });
    prepared.add(name);
    return collection;
  };

  const putByDay = async <T extends Versioned>(
    db: Db,
    kind: 'snapshots' | 'ticks',
    documents: readonly T[],
    stamp: Stamp,
    meeting: Pick<PutContext<T>, 'saySame' | 'isCounted' | 'onMet'>,
  ): Promise<Added> => {
    const days = [...Map.groupBy(documents, ({ at }) => dayOf(at.getTime()))];
    const added = await allDone(
      days.map(async ([day, group]) =>
        putVersioned(await prepare<T>(db, kind, day), group, {
          ...contextOf(db, stamp),
          ...meeting,
        }),
      ),
    );
    return sumOf(added);
  };

  const saySame = (a: SnapshotDocument, b: SnapshotDocument): boolean => {
    // Of one whose quotes are kept no longer there is nothing to compare.
    if (a.data === undefined || b.data === undefined) return false;
    const [headOfA, headOfB] = [comparison.headOf(a.data), comparison.headOf(b.data)];
    return headOfA !== null && headOfB !== null && comparison.saySame(headOfA, a.data, headOfB, b.data);
  };

  /** Ticks, and then the bars that they are in: see bars.ts for the order. */
  const putTicks = async (db: Db, batch: Batch, stamp: Stamp): Promise<Added> => {
    const contested: TickTime[] = [...batch.contested];
    const added = await putByDay<TickDocument>(db, 'ticks', batch.ticks, stamp, {
      saySame: (a, b) =>
        a.price === b.price && a.previous_close === b.previous_close && a.currency === b.currency,
      isCounted: () => true,
      onMet: ({ product, at, price }, there) => {
        if (price !== there.price) contested.push({ product, timestamp: at.getTime() });
      },
    });
    await mergeBarsInto(db, batch.bars, contested);
    return added;
  };

  /** Writes a batch and its mark; resolves with false when the writer was fenced. */
  const place = async (db: Db, batch: Batch, writer: Identity): Promise<boolean> => {
    const places = pastPlaces(batch);
    if (places.length === 0) return placeAlone(db, batch, writer);
    try {
      const isIn = await enterPlaces(connection, writer.id, places, settings.writerLeaseMs);
      return isIn && (await placeAlone(db, batch, writer));
    } finally {
      await leavePlaces(connection, writer.id);
    }
  };
  const placeAlone = async (db: Db, batch: Batch, writer: Identity): Promise<boolean> => {
    const stamp = { writer: writer.id, batch: writer.committed + 1 };
    const [snapshots, ticks] = await allDone([
      putByDay(db, 'snapshots', batch.snapshots, stamp, {
        saySame,
        isCounted: ({ data }) => data !== undefined,
        onMet: () => undefined,
      }),
      putTicks(db, batch, stamp),
      catalogue.write(connection.update, batch),
      // These are seen at once, so they are marked at once; who is killed before puts them again.
      putProductFigures(db, batch.figures).then(() => markLate(db, hoursOfFigures(batch), connection.update)),
    ]);
    const { matchedCount } = await connection.update((on) =>
      marksOf(on).updateOne(
        { _id: stamp.writer, state: 'open', committed: stamp.batch - 1 },
        {
          $set: { committed: stamp.batch, at: new Date() },
          $inc: {
            ...{ snapshots: snapshots.documents, quotes: snapshots.quotes, ticks: ticks.documents },
            ...importIncrements('chains', snapshots.imports),
            ...importIncrements('ticks', ticks.imports),
          },
        },
      ),
    );
    if (matchedCount === 0) return false;
    // After the commit and before anybody is told of it: see rolled-store.ts.
    await markLate(db, hoursOfChains(batch.snapshots), connection.update);
    writer.committed = stamp.batch;
    writer.usedAt = performance.now();
    return true;
  };

  /** Puts what a writer that is gone left behind as batches of this one. */
  const adopt = async (db: Db, gone: number, heir: Identity): Promise<void> => {
    await connection.update((on) =>
      marksOf(on).updateOne({ _id: gone, state: 'open' }, { $set: { state: 'fenced' } }),
    );
    const mark = await marksOf(db).findOne({ _id: gone });
    if (mark === null) return;
    // It may have been killed after its last commit and before it marked the hours.
    for await (const chains of lastCommitted(db, mark)) {
      await markLate(db, hoursOfChains(chains), connection.update);
    }
    for await (const batch of leftBehind(db, mark)) {
      if (!(await place(db, batch, heir))) throw fencedError();
    }
    const state = mark.at.getTime() < Date.now() - RETENTION_MS ? 'done' : 'adopted';
    await connection.update((on) => marksOf(on).updateOne({ _id: gone }, { $set: { state } }));
  };

  const register = async (db: Db): Promise<Identity> => {
    const id = await takeNumber(db);
    const identity = { id, committed: 0, usedAt: performance.now() };
    // The newest stays as it is, because readers take its number for the latest.
    const closed = { _id: { $lt: id }, state: 'closed' } as const;
    await connection.update((on) => marksOf(on).updateMany(closed, { $set: { state: 'done' } }));
    const before = (ms: number) => ({ $lt: new Date(Date.now() - ms) });
    const gone = await marksOf(db)
      .find({
        _id: { $lt: id },
        $or: [
          { state: { $in: ['open', 'fenced'] }, at: before(settings.writerLeaseMs) },
          { state: 'adopted', at: before(RETENTION_MS) },
        ],
      })
      .toArray();
    for (const { _id } of gone) await adopt(db, _id, identity);
    return identity;
  };

  current = await connection.run(register);
  return {
    async commit(batch) {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        try {
          if (current !== null && performance.now() - current.usedAt > RETENTION_MS / 2) current = null;
          current ??= await connection.run(register);
          const writer = current;
          if (await connection.run((db) => place(db, batch, writer))) return;
        } catch (error) {
          current = null;
          catalogue.forget();
          throw error;
        }
        current = null;
        await sleep(Math.random() * MAX_PAUSE_MS);
      }
      throw fencedError();
    },
    async close() {
      const leaving = current;
      current = null;
      if (leaving === null) return;
      // Should this fail, a later writer finds nothing left behind and closes it.
      await connection
        .update((db) =>
          marksOf(db).updateOne({ _id: leaving.id, state: 'open' }, { $set: { state: 'closed' } }),
        )
        .catch(() => undefined);
    },
  };
}

const hoursOfChains = (
  snapshots: readonly Pick<SnapshotDocument, 'product' | 'expiry' | 'at'>[],
): SeriesHour[] =>
  snapshots.map(({ product, expiry, at }) => ({
    series: chainSeries(product, expiry),
    hour: hourOf(at.getTime()),
  }));
const hoursOfFigures = ({ figures }: Batch): SeriesHour[] =>
  figures.map(({ product, timestamp }) => ({ series: product, hour: hourOf(timestamp) }));

function importIncrements(kind: 'chains' | 'ticks', counts: readonly ImportCount[]): Record<string, number> {
  const increments: Record<string, number> = {};
  for (const { generation, outcome } of counts) {
    const field = `imports.${generation}.${kind}_${outcome}`;
    increments[field] = (increments[field] ?? 0) + 1;
  }
  return increments;
}

async function takeNumber(db: Db): Promise<number> {
  for (;;) {
    const [newest] = await marksOf(db)
      .find({}, { projection: { _id: 1 } })
      .sort({ _id: -1 })
      .limit(1)
      .toArray();
    const id = (newest?._id ?? 0) + 1;
    const none = { committed: 0, snapshots: 0, quotes: 0, ticks: 0 };
    try {
      await marksOf(db).insertOne({ _id: id, state: 'open', ...none, at: new Date() });
      return id;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
}

const fencedError = () =>
  new DeltaStreamError('store_failed', 'other writers need the documents of the same batch; try again');
