import { randomInt } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { type HourBlocks, hourEnd, type SeriesHour } from '../../../rollups/hour-blocks.ts';
import { type MongoConnection, retryTakenKeys } from '../../connect.ts';

export const ROLLUPS = 'rollups';

/** The blocks of an hour of a series; `_id` is the series and the hour, so that those of a series ascend in time. */
export interface RollupDocument {
  readonly _id: string;
  readonly series: string;
  readonly hour: Date;
  /** Absent once minutes are kept no longer. */
  readonly minutes?: Buffer;
  /** The hour, for as long as its minutes are there. */
  readonly minutes_of?: Date;
  readonly quarters: Buffer;
  /** Rises with every write, so that of two that roll up the same hour one begins again. */
  readonly writes: number;
}

/** How far a series is rolled up; `_id` is the series. */
export interface RolledDocument {
  readonly _id: string;
  /** Rows before it are in blocks, or their hour is marked. */
  readonly rolled_to: Date;
  /** Puts before it mark their hour; not before `rolled_to`, and the same where it is absent. */
  readonly claimed_to?: Date;
}

export const claimedTo = ({ rolled_to, claimed_to }: RolledDocument): number =>
  Math.max(rolled_to.getTime(), claimed_to?.getTime() ?? 0);

/** A mark of an hour that is to be rolled up. */
export interface LateDocument {
  readonly _id: string;
  readonly series: string;
  readonly hour: Date;
  /** When a put came to it last; the epoch: none since it was claimed. */
  readonly marked_at: Date;
  /** Rises with every put to it, by a random number: a mark that is made anew is not taken for the one before it. */
  readonly puts: number;
}

/** What retention removed. `rows`: the day from which rows of figures are all there. */
export interface RetentionDocument {
  readonly _id: string;
  readonly rows_from?: Date;
  /** What the counts of writers have too many, of the days whose documents were removed. */
  readonly removed?: Removed;
  /** What is just being removed of a day. */
  readonly pending?: Removed;
  /** Since when a place is being removed; see past-places.ts. */
  readonly removing_since?: Date;
}

export interface Removed {
  readonly snapshots: number;
  readonly quotes: number;
  readonly ticks: number;
}

export const rollupsOf = (db: Db): Collection<RollupDocument> => db.collection(ROLLUPS);
export const rolledOf = (db: Db): Collection<RolledDocument> => db.collection('rollup_series');
export const lateOf = (db: Db): Collection<LateDocument> => db.collection('rollup_late');
export const retentionOf = (db: Db): Collection<RetentionDocument> => db.collection('retention');

/** Hours with leading zeros: no series has another's `_id` in its range, because only that of its own begins so. */
export const hourId = ({ series, hour }: SeriesHour): string => `${series} ${String(hour).padStart(16, '0')}`;

/** Documents of a series whose hours begin within [from, to). */
export const hoursWithin = (series: string, fromMs: number, toMs: number) => ({
  series,
  _id: { $gte: hourId({ series, hour: fromMs }), $lt: hourId({ series, hour: toMs }) },
});

export const blocksOf = ({ hour, minutes, quarters }: RollupDocument): HourBlocks => ({
  hour: hour.getTime(),
  minutes: minutes ?? null,
  quarters,
});

/** Millions of puts stay below what a number of JavaScript counts exactly. */
const MOST_OF_A_PUT = 2 ** 31;

/** Marks hours of committed rows that are rolled up already, or about to be. */
export async function markLate(
  db: Db,
  hours: readonly SeriesHour[],
  update: MongoConnection['update'],
): Promise<void> {
  const distinct = new Map(hours.map((at) => [hourId(at), at]));
  if (distinct.size === 0) return;
  const series = [...new Set(hours.map((at) => at.series))];
  const states = await rolledOf(db)
    .find({ _id: { $in: series } })
    .toArray();
  const claimed = new Map(states.map((state) => [state._id, claimedTo(state)]));
  const late = [...distinct].filter(([, at]) => hourEnd(at.hour) <= (claimed.get(at.series) ?? 0));
  if (late.length === 0) return;
  const operations = late.map(([_id, { series: name, hour }]) => ({
    updateOne: {
      filter: { _id },
      update: {
        $set: { marked_at: new Date() },
        $setOnInsert: { series: name, hour: new Date(hour) },
        $inc: { puts: randomInt(1, MOST_OF_A_PUT) },
      },
      upsert: true,
    },
  }));
  await update((on) => retryTakenKeys(() => lateOf(on).bulkWrite(operations, { ordered: false })));
}
