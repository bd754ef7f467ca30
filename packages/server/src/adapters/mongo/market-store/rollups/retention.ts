import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Logger } from '../../../../kit/logging/log.ts';
import { chainSeries } from '../../../rollups/figure-kinds.ts';
import type { RolledStore } from '../../../rollups/rollups.ts';
import { type MongoConnection, retryTakenKeys } from '../../connect.ts';
import { CHAINS, type ChainDocument, chainId, PRODUCTS, type ProductDocument } from '../catalogue.ts';
import type { SnapshotDocument } from '../documents.ts';
import { dayCollection, dayOf, snapshotKey, startOfDay } from '../keys.ts';
import { committedFilter, readMarks, uncommittedFilter, visibleFilter } from '../marks.ts';
import { whileNobodyPuts } from '../past-places.ts';
import { PRODUCT_FIGURES, removeProductFigures } from '../product-figures.ts';
import { lateOf, type Removed, retentionOf, rolledOf, rollupsOf } from './collections.ts';

/** A collection of a day, by its name. */
interface DayCollection {
  readonly kind: 'snapshots' | 'ticks';
  readonly day: number;
  readonly name: string;
}

/** A collection of a day that is out of reach of puts and reads, and about to be dropped: this, its name and some digits. */
const DROPPED = 'dropped_';

/**
 * Removes what is kept no longer: the collections of days of ticks and, once their figures may go and are rolled up, of
 * snapshots; before that the quotes of snapshots alone. Leaves alone what is just being put to. May be cut off and run again,
 * also by two processes at a time.
 */
export function createRetention(
  connection: MongoConnection,
  leaseMs: number,
  logger: Logger | undefined,
): RolledStore['retain'] {
  const alone = (place: string, work: (isInTime: () => boolean) => Promise<boolean>) =>
    whileNobodyPuts(connection, place, leaseMs, work);
  return ({ snapshotsBeforeMs, rowsBeforeMs, minutesBeforeMs }, signal) => {
    if (snapshotsBeforeMs === null) return Promise.resolve();
    return connection.run(async (db) => {
      if (rowsBeforeMs !== null) {
        const update = { $max: { rows_from: new Date(rowsBeforeMs) } };
        await retryTakenKeys(() => retentionOf(db).updateOne({ _id: 'rows' }, update, { upsert: true }));
      }
      for (const each of await collectionNames(db)) {
        if (each.startsWith(DROPPED)) await dropAside(db, each);
      }
      const days = await collectionsBefore(db, dayOf(snapshotsBeforeMs));
      const lasting: number[] = [];
      let dropped = 0;
      for (const each of days) {
        signal.throwIfAborted();
        const isOld = each.kind === 'ticks' || (rowsBeforeMs !== null && startOfDay(each.day) < rowsBeforeMs);
        const aside = `${DROPPED}${each.name}_${randomUUID().slice(0, 8)}`;
        if (isOld && (await alone(each.name, (isInTime) => setAside(connection, each, aside, isInTime)))) {
          await dropAside(db, aside);
          dropped++;
        } else lasting.push(each.day);
      }
      const withQuotes = new Set(await chainsOf(db).distinct('quotes'));
      let emptied = 0;
      for (const day of [...new Set(lasting)].filter((each) => withQuotes.has(each))) {
        signal.throwIfAborted();
        if (await alone(dayCollection('snapshots', day), () => emptyDay(connection, day))) emptied++;
      }
      signal.throwIfAborted();
      if (rowsBeforeMs !== null) {
        await alone(PRODUCT_FIGURES, (isInTime) => removeProductRows(db, rowsBeforeMs, isInTime));
      }
      if (minutesBeforeMs !== null) {
        const older = { minutes_of: { $lt: new Date(minutesBeforeMs) } };
        const $unset = { minutes: '', minutes_of: '' } as const;
        await connection.update((on) => rollupsOf(on).updateMany(older, { $unset }));
      }
      await foldPending(db);
      if (dropped + emptied === 0) return;
      const before = new Date(snapshotsBeforeMs).toISOString();
      logger?.event('retention_completed', { before, collections: dropped, emptied });
    });
  };
}

/** Of all that was removed, what the counts of the writers have too many. */
export async function removedInAll(db: Db): Promise<Removed> {
  const removed = (await retentionOf(db).find().toArray()).flatMap((each) => each.removed ?? []);
  const total = (what: keyof Removed) => removed.reduce((sum, each) => sum + each[what], 0);
  return { snapshots: total('snapshots'), quotes: total('quotes'), ticks: total('ticks') };
}

const collectionNames = async (db: Db): Promise<string[]> =>
  (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);

async function collectionsBefore(db: Db, firstKept: number): Promise<DayCollection[]> {
  return (await collectionNames(db))
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
  const chains = await chainsOf(db).find({ days: day }).toArray();
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
const chainsOf = (db: Db) => db.collection<ChainDocument>(CHAINS);
const productsOf = (db: Db) => db.collection<ProductDocument>(PRODUCTS);

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

/**
 * Puts the collection of a day out of reach; false, and nothing is changed, where snapshots of it are still to be rolled up.
 */
async function setAside(
  { db, update }: MongoConnection,
  each: DayCollection,
  aside: string,
  isInTime: () => boolean,
): Promise<boolean> {
  const { kind, day, name } = each;
  // Another removal may have been quicker.
  if ((await db.listCollections({ name }, { nameOnly: true }).toArray()).length === 0) return false;
  if (kind === 'snapshots' && !(await isRolled(db, each))) return false;
  if (!isInTime()) return false;
  if (kind === 'ticks') {
    const $pull = { days: day };
    await update((on) => productsOf(on).updateMany({ days: day }, { $pull } as object));
  } else {
    const $pull = { days: day, quotes: day };
    await update((on) => chainsOf(on).updateMany({ days: day }, { $pull } as object));
  }
  await db.renameCollection(name, aside);
  return true;
}

/** Takes a day that is set aside out of the counts, once however often it is cut off, and drops it. */
async function dropAside(db: Db, aside: string): Promise<void> {
  const seen = visibleFilter(await readMarks(db));
  const removed = aside.startsWith(`${DROPPED}ticks_`)
    ? { snapshots: 0, quotes: 0, ticks: await db.collection(aside).countDocuments(seen as object) }
    : await countQuotes(db, aside, { data: { $exists: true }, ...seen });
  const update = { $setOnInsert: { removed } };
  await retryTakenKeys(() => retentionOf(db).updateOne({ _id: aside }, update, { upsert: true }));
  await db.collection(aside).drop();
}

/**
 * Removes the quotes of a day whose figures stay, those included that a replaced snapshot has of the one before it. What is
 * not committed, or put afterwards, keeps the day listed, so that it goes the next time.
 */
async function emptyDay({ db, update }: MongoConnection, day: number): Promise<true> {
  const name = dayCollection('snapshots', day);
  const $pull = { quotes: day };
  await update((on) => chainsOf(on).updateMany($pull, { $pull } as object));
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
  const those = { _id: { $in: [...left] } };
  await update((on) => chainsOf(on).updateMany(those, { $addToSet: { quotes: day } }));
  return true;
}

/** Removes figures of products before an instant, but those of series that are still to be rolled up there. */
async function removeProductRows(db: Db, beforeMs: number, isInTime: () => boolean): Promise<boolean> {
  const rolled = await rolledOf(db).find({ _id: /^\S+$/ }).toArray();
  for (const { _id: product, rolled_to } of rolled) {
    if (!isInTime()) return false;
    const cut = Math.min(beforeMs, rolled_to.getTime());
    const late = await lateOf(db).findOne({ series: product, hour: { $lt: new Date(cut) } });
    if (late === null) await removeProductFigures(db, product, cut);
  }
  return true;
}
