import { type Bar, INTERVAL_MS, mergeBars, STORED_INTERVALS } from '@deltastream/contracts';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { isFrozen } from '../../../kit/chains/closing-auction.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { retryTakenKeys } from '../connect.ts';
import { type BarDocument, barDocument, barId, type TickDocument } from './documents.ts';
import { dayCollection, dayOf, tickKey } from './keys.ts';
import type { TickTime } from './writing/batch.ts';

export const BARS = 'bars';

/** Tries of computing one bar anew, when other writers keep writing to it. */
const MAX_TRIES = 20;

/**
 * Merges bars where they lie: the server's order of [time, price] pairs is the rule of `mergeBars`, so the
 * updates commute and may be repeated. A bar shows a batch a moment before its ticks can be read.
 *
 * A bar of a time at which two prices met is computed from the ticks that are there, on the condition that
 * nobody wrote to it meanwhile. The ticks of a batch are there before its bars are merged, so either this
 * sees them, or the merge comes later, or the condition fails and it looks again.
 */
export async function mergeBarsInto(
  db: Db,
  bars: readonly Bar[],
  contested: readonly TickTime[],
): Promise<void> {
  const anew = contested.length === 0 ? new Map<string, BarKey>() : await barsOf(db, bars, contested);
  const operations: AnyBulkWriteOperation<BarDocument>[] = bars
    .filter(({ product, interval, start }) => !anew.has(barId(product, interval, start)))
    .map((bar) => {
      const { _id, open, high, low, close } = barDocument(bar);
      const update = { $min: { open, low }, $max: { close, high }, $inc: { writes: 1 } };
      return { updateOne: { filter: { _id }, update, upsert: true } };
    });
  if (operations.length > 0) {
    await retryTakenKeys(() => db.collection<BarDocument>(BARS).bulkWrite(operations, { ordered: false }));
  }
  for (const key of anew.values()) await computeAnew(db, key);
}

type BarKey = Pick<Bar, 'product' | 'interval' | 'start'>;

/** Keys of the bars that contain a contested time: those given, and those that are stored. */
async function barsOf(
  db: Db,
  bars: readonly Bar[],
  contested: readonly TickTime[],
): Promise<Map<string, BarKey>> {
  const keys = new Map<string, BarKey>();
  for (const [product, ticks] of Map.groupBy(contested, (tick) => tick.product)) {
    const times = [...new Set(ticks.map(({ timestamp }) => timestamp))];
    for (const interval of STORED_INTERVALS) {
      const contains = (start: number) =>
        times.some((time) => time >= start && time < start + INTERVAL_MS[interval]);
      const add = (start: number) => keys.set(barId(product, interval, start), { product, interval, start });
      for (const bar of bars) {
        if (bar.product === product && bar.interval === interval && contains(bar.start)) add(bar.start);
      }
      const stored = await db
        .collection<BarDocument>(BARS)
        .find({
          _id: {
            $gte: barId(product, interval, Math.max(0, Math.min(...times) - INTERVAL_MS[interval])),
            $lte: barId(product, interval, Math.max(...times)),
          },
        })
        .toArray();
      for (const { _id } of stored) {
        const start = Number(_id.slice(_id.lastIndexOf(' ') + 1));
        if (contains(start)) add(start);
      }
    }
  }
  return keys;
}

async function computeAnew(db: Db, { product, interval, start }: BarKey): Promise<void> {
  const collection = db.collection<BarDocument>(BARS);
  const _id = barId(product, interval, start);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const held = await collection.findOne({ _id });
    const bar = await barFromTicks(db, { product, interval, start });
    if (bar === null) return;
    const { open, high, low, close } = barDocument(bar);
    const document = { open, high, low, close, writes: (held?.writes ?? 0) + 1 };
    if (held === null) {
      // Should it come about meanwhile, the look is repeated.
      const { upsertedCount } = await collection.updateOne(
        { _id },
        { $setOnInsert: document },
        { upsert: true },
      );
      if (upsertedCount === 1) return;
      continue;
    }
    const { matchedCount } = await collection.replaceOne(
      { _id, writes: held.writes ?? null } as object,
      document,
    );
    if (matchedCount === 1) return;
  }
  throw new DeltaStreamError('store_failed', `${_id}: other writers keep changing the bar; try again`);
}

/** The bar of the ticks that are there and whose price moved, also of those whose batch is not committed yet. */
async function barFromTicks(db: Db, { product, interval, start }: BarKey): Promise<Bar | null> {
  const end = start + INTERVAL_MS[interval as keyof typeof INTERVAL_MS];
  let bar: Bar | null = null;
  for (let day = dayOf(start); day <= dayOf(end - 1); day++) {
    const ticks = await db
      .collection<TickDocument>(dayCollection('ticks', day))
      .find({ _id: { $gte: tickKey(product, start), $lt: tickKey(product, end) } } as object)
      .toArray();
    for (const { at, price, source } of ticks) {
      const time = at.getTime();
      if (isFrozen({ product, source, timestamp: time })) continue;
      const prices = { open_at: time, open: price, high: price, low: price, close_at: time, close: price };
      const part: Bar = { product, interval, start, ...prices };
      bar = bar === null ? part : mergeBars(bar, part);
    }
  }
  return bar;
}
