import type { Collection, Db } from 'mongodb';
import { type HourBlocks, hourEnd, type SeriesHour } from '../../../rollups/hour-blocks.ts';

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
  readonly rolled_to: Date;
}

/** A mark of an hour that is to be rolled up. */
export interface LateDocument {
  readonly _id: string;
  readonly series: string;
  readonly hour: Date;
  /** When a put came to it last; the epoch: none since it was claimed. */
  readonly marked_at: Date;
  /** Rises with every put to it. */
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

/** Marks hours of committed rows that are rolled up already. */
export async function markLate(
  db: Db,
  hours: readonly SeriesHour[],
  update: <T>(work: (db: Db) => Promise<T>) => Promise<T>,
): Promise<void> {
  const distinct = new Map(hours.map((at) => [hourId(at), at]));
  if (distinct.size === 0) return;
  const series = [...new Set(hours.map((at) => at.series))];
  const states = await rolledOf(db)
    .find({ _id: { $in: series } })
    .toArray();
  const rolledTo = new Map(states.map(({ _id, rolled_to }) => [_id, rolled_to.getTime()]));
  const late = [...distinct].filter(([, at]) => hourEnd(at.hour) <= (rolledTo.get(at.series) ?? 0));
  if (late.length === 0) return;
  const operations = late.map(([_id, { series: name, hour }]) => ({
    updateOne: {
      filter: { _id },
      update: {
        $set: { marked_at: new Date() },
        $setOnInsert: { series: name, hour: new Date(hour) },
        $inc: { puts: 1 },
      },
      upsert: true,
    },
  }));
  await update((on) => lateOf(on).bulkWrite(operations, { ordered: false }));
}
