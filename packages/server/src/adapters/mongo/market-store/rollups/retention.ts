import type { Db } from 'mongodb';
import type { Logger } from '../../../../kit/logging/log.ts';
import { chainSeries } from '../../../rollups/figure-kinds.ts';
import type { RolledStore } from '../../../rollups/rollups.ts';
import { type MongoConnection, retryTakenKeys } from '../../connect.ts';
import { CHAINS, type ChainDocument, chainId, PRODUCTS, type ProductDocument } from '../catalogue.ts';
import type { SnapshotDocument } from '../documents.ts';
import { dayCollection, dayOf, snapshotKey, startOfDay } from '../keys.ts';
import { committedFilter, readMarks, uncommittedFilter, visibleFilter } from '../marks.ts';
import { removeProductFigures } from '../product-figures.ts';
import { lateOf, type Removed, retentionOf, rolledOf, rollupsOf } from './collections.ts';

/** A collection of a day, by its name. */
interface DayCollection {
  readonly kind: 'snapshots' | 'ticks';
  readonly day: number;
  readonly name: string;
}

/**
 * Removes what is kept no longer: the collections of days of ticks and, once their figures may go and are rolled up, of
 * snapshots; before that the quotes of snapshots alone. May be cut off and run again, also by two processes at a time.
 */
export function createRetention(
  connection: MongoConnection,
  logger: Logger | undefined,
): RolledStore['retain'] {
  return ({ snapshotsBeforeMs, rowsBeforeMs, minutesBeforeMs }, signal) => {
    if (snapshotsBeforeMs === null) return Promise.resolve();
    return connection.run(async (db) => {
      if (rowsBeforeMs !== null) {
        const update = { $max: { rows_from: new Date(rowsBeforeMs) } };
        await retryTakenKeys(() => retentionOf(db).updateOne({ _id: 'rows' }, update, { upsert: true }));
      }
      const days = await collectionsBefore(db, dayOf(snapshotsBeforeMs));
      const lasting: number[] = [];
      let dropped = 0;
      for (const each of days) {
        signal.throwIfAborted();
        const isOld = each.kind === 'ticks' || (rowsBeforeMs !== null && startOfDay(each.day) < rowsBeforeMs);
        if (isOld && (await dropDay(db, each))) dropped++;
        else lasting.push(each.day);
      }
      const withQuotes = new Set(await db.collection<ChainDocument>(CHAINS).distinct('quotes'));
      const emptied = lasting.filter((day) => withQuotes.has(day));
      for (const day of emptied) {
        signal.throwIfAborted();
        await emptyDay(db, day);
      }
      signal.throwIfAborted();
      if (rowsBeforeMs !== null) await removeProductRows(db, rowsBeforeMs);
      if (minutesBeforeMs !== null) {
        const older = { minutes_of: { $lt: new Date(minutesBeforeMs) } };
        await rollupsOf(db).updateMany(older, { $unset: { minutes: '', minutes_of: '' } });
      }
      await foldPending(db);
      if (dropped + emptied.length === 0) return;
      const before = new Date(snapshotsBeforeMs).toISOString();
      logger?.info({ before, collections: dropped, emptied: emptied.length }, 'dropped by retention');
    });
  };
}

/** Of all that was removed, what the counts of the writers have too many. */
export async function removedInAll(db: Db): Promise<Removed> {
  const removed = (await retentionOf(db).find().toArray()).flatMap((each) => each.removed ?? []);
  const total = (what: keyof Removed) => removed.reduce((sum, each) => sum + each[what], 0);
  return { snapshots: total('snapshots'), quotes: total('quotes'), ticks: total('ticks') };
}

async function collectionsBefore(db: Db, firstKept: number): Promise<DayCollection[]> {
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  return names
    .flatMap((name): DayCollection[] => {
      const [, kind, year, month, date] = /^(snapshots|ticks)_(\d{4,6})(\d\d)(\d\d)$/.exec(name) ?? [];
      if (kind === undefined) return [];
      const iso = `${year.length > 4 ? `+${year.padStart(6, '0')}` : year}-${month}-${date}`;
      return [{ kind: kind as DayCollection['kind'], day: dayOf(Date.parse(iso)), name }];
    })
    .filter(({ day }) => day < firstKept)
    .sort((a, b) => a.day - b.day);
}

/**
 * Whether the figures of a day are all rolled up: no snapshot is later than its chain is rolled up to, or of a batch that is
 * not committed yet, and no hour is marked.
 */
async function isRolled(db: Db, { day, name }: DayCollection): Promise<boolean> {
  // First the documents of batches: once committed they are marked, or later than their chain is rolled up to.
  const uncommitted = uncommittedFilter(await readMarks(db));
  if ((await snapshotsIn(db, name).findOne(uncommitted as object, ONLY_ID)) !== null) return false;
  const hour = { $gte: new Date(startOfDay(day)), $lt: new Date(startOfDay(day + 1)) };
  if ((await lateOf(db).findOne({ hour, series: / / })) !== null) return false;
  const chains = await db.collection<ChainDocument>(CHAINS).find({ days: day }).toArray();
  const states = await rolledOf(db)
    .find({ _id: { $in: chains.map(({ product, expiry }) => chainSeries(product, expiry)) } })
    .toArray();
  const rolledTo = new Map(states.map(({ _id, rolled_to }) => [_id, rolled_to.getTime()]));
  for (const { product, expiry } of chains) {
    const fromMs = Math.max(startOfDay(day), rolledTo.get(chainSeries(product, expiry)) ?? 0);
    const later = {
      $gte: snapshotKey(product, expiry, fromMs),
      $lt: snapshotKey(product, expiry, startOfDay(day + 1)),
    };
    if ((await snapshotsIn(db, name).findOne({ _id: later } as object, ONLY_ID)) !== null) return false;
  }
  return true;
}

/** Notes what a removal takes, unless one that was cut off noted it. */
async function notePending(db: Db, name: string, removed: Removed): Promise<void> {
  const update = { $setOnInsert: { removed: { snapshots: 0, quotes: 0, ticks: 0 } } };
  await retryTakenKeys(() => retentionOf(db).updateOne({ _id: name }, update, { upsert: true }));
  await retentionOf(db).updateOne({ _id: name, pending: { $exists: false } }, { $set: { pending: removed } });
}

/** Takes what was removed out of the counts. */
async function foldPending(db: Db): Promise<void> {
  for (const { _id, pending } of await retentionOf(db)
    .find({ pending: { $exists: true } })
    .toArray()) {
    if (pending === undefined) continue;
    const { snapshots, quotes, ticks } = pending;
    await retentionOf(db).updateOne(
      { _id, pending },
      {
        $inc: { 'removed.snapshots': snapshots, 'removed.quotes': quotes, 'removed.ticks': ticks },
        $unset: { pending: '' },
      },
    );
  }
}

const ONLY_ID = { projection: { _id: 1 } } as const;
const snapshotsIn = (db: Db, name: string) => db.collection<SnapshotDocument>(name);

/** Snapshots of a day whose quotes are kept, and how many those are. */
async function countQuotes(db: Db, name: string, filter: object): Promise<Removed> {
  // Apart: FerretDB sums nothing beside another sum.
  const [snapshots, [found]] = await Promise.all([
    snapshotsIn(db, name).countDocuments(filter),
    snapshotsIn(db, name)
      .aggregate<{ quotes: number }>([
        { $match: filter },
        { $group: { _id: null, quotes: { $sum: '$quotes' } } },
      ])
      .toArray(),
  ]);
  return { snapshots, quotes: found?.quotes ?? 0, ticks: 0 };
}

/** Drops the collection of a day; false, and nothing is changed, where snapshots of it are still to be rolled up. */
async function dropDay(db: Db, each: DayCollection): Promise<boolean> {
  const { kind, day, name } = each;
  const seen = visibleFilter(await readMarks(db));
  if (kind === 'ticks') {
    const ticks = await db.collection(name).countDocuments(seen as object);
    await notePending(db, name, { snapshots: 0, quotes: 0, ticks });
    await db
      .collection<ProductDocument>(PRODUCTS)
      .updateMany({ days: day }, { $pull: { days: day } } as object);
  } else {
    if (!(await isRolled(db, each))) return false;
    const counted = await countQuotes(db, name, { data: { $exists: true }, ...seen });
    // Again, since counting took long.
    if (!(await isRolled(db, each))) return false;
    await notePending(db, name, counted);
    await db
      .collection<ChainDocument>(CHAINS)
      .updateMany({ days: day }, { $pull: { days: day, quotes: day } } as object);
  }
  await db.collection(name).drop();
  return true;
}

/**
 * Removes the quotes of a day whose figures stay, those included that a replaced snapshot has of the one before it. What a
 * put brings for it meanwhile or afterwards keeps the day listed, so that it goes the next time.
 */
async function emptyDay(db: Db, day: number): Promise<void> {
  const name = dayCollection('snapshots', day);
  const chains = db.collection<ChainDocument>(CHAINS);
  await chains.updateMany({ quotes: day }, { $pull: { quotes: day } } as object);
  const filter = { data: { $exists: true }, ...committedFilter(await readMarks(db)) };
  await notePending(db, name, await countQuotes(db, name, filter));
  await snapshotsIn(db, name).updateMany(filter as object, { $unset: { data: '', 'was.data': '' } });
  const left = new Set<string>();
  const projection = { product: 1, expiry: 1 };
  for await (const { product, expiry } of snapshotsIn(db, name).find(
    { data: { $exists: true } },
    { projection },
  )) {
    left.add(chainId(product, expiry));
  }
  await chains.updateMany({ _id: { $in: [...left] } }, { $addToSet: { quotes: day } });
}

/** Removes figures of products before an instant, but those of series that are still to be rolled up there. */
async function removeProductRows(db: Db, beforeMs: number): Promise<void> {
  const rolled = await rolledOf(db).find({ _id: /^\S+$/ }).toArray();
  for (const { _id: product, rolled_to } of rolled) {
    const cut = Math.min(beforeMs, rolled_to.getTime());
    const late = await lateOf(db).findOne({ series: product, hour: { $lt: new Date(cut) } });
    if (late === null) await removeProductFigures(db, product, cut);
  }
}
