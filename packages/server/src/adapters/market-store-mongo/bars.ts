import type { Bar } from '@deltastream/contracts';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { retryTakenKeys } from '../mongo/connect.ts';
import { type BarDocument, barDocument } from './documents.ts';

export const BARS = 'bars';

/**
 * Merges bars where they lie: the server's order of [time, price] pairs is the rule of `mergeBars`, so the
 * updates commute and may be repeated. A bar shows a batch a moment before its ticks can be read.
 */
export async function mergeBarsInto(db: Db, bars: readonly Bar[]): Promise<void> {
  if (bars.length === 0) return;
  const operations: AnyBulkWriteOperation<BarDocument>[] = bars.map((bar) => {
    const { _id, open, high, low, close } = barDocument(bar);
    return {
      updateOne: { filter: { _id }, update: { $min: { open, low }, $max: { close, high } }, upsert: true },
    };
  });
  await retryTakenKeys(() => db.collection<BarDocument>(BARS).bulkWrite(operations, { ordered: false }));
}
