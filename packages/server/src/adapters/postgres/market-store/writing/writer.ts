import { setTimeout as sleep } from 'node:timers/promises';
import { createSnapshotComparison } from '../../../../codec/same-content.ts';
import type { StoredTick } from '../../../../ports/stores/market/market-store.ts';
import { allDone } from '../../../all-done.ts';
import { chainSeries } from '../../../rollups/figure-kinds.ts';
import { hourOf } from '../../../rollups/merge-figures.ts';
import type { PostgresConnection, Session } from '../../database/connect.ts';
import { isCollision } from '../../database/server-errors.ts';
import { dayOf, type Partitions } from '../partitions.ts';
import { markLate } from '../rollups/rolled-store.ts';
import { SNAPSHOTS, type SnapshotRow, storedTick, TICKS, type TickRecord, type Versioned } from '../rows.ts';
import { computeContested, mergeBarsInto } from './bars.ts';
import type { Batch, TickTime } from './batch.ts';
import { createCountChanges } from './counts.ts';
import { putProductFigures } from './product-figures.ts';
import { noteChains, noteTicks } from './series.ts';
import { Collision, type Meeting, putVersioned } from './versioned-put.ts';

/** Tries of one batch, when other writers meet it. */
const MAX_TRIES = 8;
const MAX_PAUSE_MS = 200; // Random up to it, so that two that collided do not meet again.

interface HeldSnapshot extends Versioned {
  readonly quotes: number;
  readonly data: Buffer;
}

/** Commits batches, one at a time, each in one transaction. Several writers may write to a store at the same time. */
export interface Writer {
  /** Makes a batch durable and visible at once. Rejects with `store_failed`; it may then be put again. */
  commit(batch: Batch): Promise<void>;
}

export function createWriter(
  connection: PostgresConnection,
  partitions: Partitions,
  unknownFigures: readonly string[],
): Writer {
  const { schema } = connection;
  const comparison = createSnapshotComparison();

  const meetingOfSnapshots: Meeting<SnapshotRow, HeldSnapshot> = {
    read: 't.generation, t.epoch, t.seq, t.quotes, t.data',
    heldOf: ({ product, ts, generation, epoch, seq, quotes, data }) =>
      ({ product, timestamp: ts, generation, epoch, seq, quotes, data }) as HeldSnapshot,
    isSame: ({ data }, held) => Buffer.compare(data, held.data) === 0,
    saySame(row, held) {
      const [headOfRow, headOfHeld] = [comparison.headOf(row.data), comparison.headOf(held.data)];
      if (headOfRow === null || headOfHeld === null) return false;
      return comparison.saySame(headOfRow, row.data, headOfHeld, held.data);
    },
  };
  const meetingOfTicks = (contested: TickTime[]): Meeting<StoredTick, StoredTick> => ({
    read: 't.generation, t.epoch, t.seq, t.source, t.currency, t.price, t.previous_close',
    heldOf: (record) => storedTick(record as unknown as TickRecord),
    isSame: (tick, held) => sayTheSame(tick, held) && tick.source === held.source,
    saySame: sayTheSame,
    onMet(tick, held) {
      if (tick.price !== held.price) contested.push(tick);
    },
  });

  const put = async (session: Session, batch: Batch): Promise<readonly Promise<unknown>[]> => {
    const contested = [...batch.contested];
    const [snapshots, ticks] = await allDone([
      putVersioned(session, schema, SNAPSHOTS, batch.snapshots, meetingOfSnapshots),
      putVersioned(session, schema, TICKS, batch.ticks, meetingOfTicks(contested)),
    ]);
    const counts = createCountChanges();
    for (const { row, held, outcome } of snapshots) {
      // Retention took a snapshot out of the counts when it emptied its quotes.
      const uncounted = held === null || held.data.length === 0;
      if (uncounted) counts.add(row.timestamp, 'snapshots', 1);
      counts.add(row.timestamp, 'quotes', row.quotes - (uncounted ? 0 : held.quotes));
      counts.taken(row.generation, 'chains', outcome);
    }
    for (const { row, held, outcome } of ticks) {
      if (held === null) counts.add(row.timestamp, 'ticks', 1);
      counts.taken(row.generation, 'ticks', outcome);
    }
    // Of earlier days the ticks were dropped, so what is stored again is a part of what their bars came from.
    const firstKept = partitions.firstKept(Date.now());
    const computed = contested.filter(({ timestamp }) => dayOf(timestamp) >= firstKept);
    const [newBars] = await allDone([
      mergeBarsInto(session, schema, batch.bars),
      computeContested(session, schema, computed),
      noteChains(
        session,
        schema,
        snapshots.map(({ row }) => row),
      ),
      noteTicks(
        session,
        schema,
        ticks.map(({ row }) => row),
      ),
      putProductFigures(session, schema, batch.figures, unknownFigures),
      // After all rows: see rolled-store.ts.
      markLate(session, schema, [
        ...snapshots.map(({ row: { product, expiry, timestamp } }) => ({
          series: chainSeries(product, expiry),
          hour: hourOf(timestamp),
        })),
        ...batch.figures.map(({ product, timestamp }) => ({ series: product, hour: hourOf(timestamp) })),
      ]),
    ]);
    for (const start of newBars) counts.add(start, 'bars', 1);
    return counts.write(session, schema);
  };

  return {
    async commit(batch) {
      const times = [...batch.snapshots, ...batch.ticks].map(({ timestamp }) => timestamp);
      for (let tries = 1; ; tries++) {
        await partitions.require(times.map(dayOf));
        try {
          return await connection.transaction((session) => put(session, batch));
        } catch (error) {
          if (tries === MAX_TRIES || !(error instanceof Collision || isCollision(error))) throw error;
          partitions.forget();
        }
        await sleep(Math.random() * MAX_PAUSE_MS);
      }
    },
  };
}

const sayTheSame = (a: StoredTick, b: StoredTick): boolean =>
  a.price === b.price && a.previousClose === b.previousClose && a.currency === b.currency;
