import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import { dayCollection, dayOf, isPast } from './keys.ts';
import { marksOf } from './marks.ts';
import { PRODUCT_FIGURES } from './product-figures.ts';
import { retentionOf } from './rollups/collections.ts';
import type { Batch } from './writing/batch.ts';

/** How often it is looked whether a removal is over, and how long at most. */
const POLL_MS = 20;
const MAX_WAIT_MS = 5_000; // Most take milliseconds; afterwards the put is tried again by whoever put it.

export const removalOf = (place: string): string => `removing ${place}`;

/** The collections that have rows of a batch from before today, of which retention may remove something. */
export function pastPlaces({ snapshots, ticks, figures }: Batch): string[] {
  const past = (times: readonly number[]) => [...new Set(times.map(dayOf))].filter(isPast);
  const days = (kind: 'snapshots' | 'ticks', rows: readonly { readonly at: Date }[]) =>
    past(rows.map(({ at }) => at.getTime())).map((day) => dayCollection(kind, day));
  const ofProducts = past(figures.map(({ timestamp }) => timestamp)).length > 0 ? [PRODUCT_FIGURES] : [];
  return [...days('snapshots', snapshots), ...days('ticks', ticks), ...ofProducts];
}

/**
 * Puts to past places and removals from them exclude each other, at no cost to other puts. A writer says in its mark where it
 * writes, and then looks for removals; a removal is noted, and then looks for writers. Of two at the same time at least one
 * sees the other: the writer waits, and the removal is left for the next time. Neither is held up by one that was killed for
 * longer than the lease of a writer.
 *
 * Resolves with false when the writer was fenced. Rejects with `store_failed` while a removal takes long.
 */
export async function enterPlaces(
  { db, update }: Pick<MongoConnection, 'db' | 'update'>,
  writer: number,
  places: readonly string[],
  leaseMs: number,
): Promise<boolean> {
  const $set = { writing_to: places, at: new Date() };
  const { matchedCount } = await update((on) =>
    marksOf(on).updateOne({ _id: writer, state: 'open' }, { $set }),
  );
  if (matchedCount === 0) return false;
  for (const deadline = performance.now() + MAX_WAIT_MS; ; await sleep(POLL_MS)) {
    const found = await retentionOf(db).findOne({
      _id: { $in: places.map(removalOf) },
      removing_since: { $gte: new Date(Date.now() - leaseMs) },
    });
    if (found === null) return true;
    if (performance.now() > deadline) {
      const what = 'retention is removing what is kept no longer there; try again';
      throw new DeltaStreamError('store_failed', `${found._id}: ${what}`);
    }
  }
}

/** Ends what `enterPlaces` began, once all of the batch is there and its hours are marked, or it failed. */
export async function leavePlaces(
  { update }: Pick<MongoConnection, 'update'>,
  writer: number,
): Promise<void> {
  // Should this fail, they are left with the next batch, or when the writer is taken for gone.
  await update((db) => marksOf(db).updateOne({ _id: writer }, { $unset: { writing_to: '' } })).catch(
    () => undefined,
  );
}

/**
 * Removes something from a past place while nobody puts to it; resolves with what `work` does, and with false, and it is not
 * run, where somebody is just doing so or another removal is under way. `isInTime` is false once puts do not wait any more.
 */
export async function whileNobodyPuts(
  { db, update }: Pick<MongoConnection, 'db' | 'update'>,
  place: string,
  leaseMs: number,
  work: (isInTime: () => boolean) => Promise<boolean>,
): Promise<boolean> {
  const _id = removalOf(place);
  const began = performance.now();
  const since = new Date();
  const gone = { $lt: new Date(since.getTime() - leaseMs) };
  const isNoted = await update(async (on) => {
    try {
      const filter = { _id, removing_since: gone };
      await retentionOf(on).updateOne(filter, { $set: { removing_since: since } }, { upsert: true });
      return true;
    } catch (error) {
      // It is there, and not so old.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  });
  if (!isNoted) return false;
  try {
    // One that is taken for gone is kept from committing, and puts again under a new number if it is not.
    await update((on) =>
      marksOf(on).updateMany({ writing_to: place, state: 'open', at: gone }, { $set: { state: 'fenced' } }),
    );
    if ((await marksOf(db).findOne({ writing_to: place, state: 'open' })) !== null) return false;
    return await work(() => performance.now() - began < leaseMs / 2);
  } finally {
    await update((on) => retentionOf(on).deleteOne({ _id, removing_since: since }));
  }
}
