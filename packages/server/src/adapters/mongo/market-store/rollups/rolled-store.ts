import { LAST_INSTANT_MS } from '@deltastream/contracts';
import type { Db } from 'mongodb';
import {
  BLOCK_HOUR_MS,
  createFigureBlockCodec,
  type FigureBlockCodec,
} from '../../../../codec/figure-block.ts';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import { chainOfSeries, chainSeries as seriesOfChain } from '../../../rollups/figure-kinds.ts';
import { hourEnd, kindOf, rolledHour, type SeriesHour } from '../../../rollups/hour-blocks.ts';
import { hourOf, MINUTE_MS } from '../../../rollups/merge-figures.ts';
import type { RolledStore } from '../../../rollups/rollups.ts';
import { isDuplicateKey, type MongoConnection, retryTakenKeys } from '../../connect.ts';
import { CHAINS, type ChainDocument } from '../catalogue.ts';
import { type Marks, readMarks } from '../marks.ts';
import { productsWithFigures, readProductRows } from '../product-figures.ts';
import { chainSeries, inRange } from '../series.ts';
import { blocksOf, claimedTo, hourId, lateOf, rolledOf, rollupsOf } from './collections.ts';
import { chainSource, productSource } from './figure-sources.ts';

/** Marked hours read at a time, and of them rolled up at the same time. */
const MARKED_AT_ONCE = 64;
const LANES = 4;

/**
 * Rolling up in MongoDB. An hour is claimed, then marked, then noted as rolled up. A writer looks after the commit of a batch
 * whether hours of it are claimed, and marks them before it says that the batch is stored; so either who claims sees the
 * rows of the batch, and marks all hours that have any, or its writer sees the claim. Figures of products, which have no commit, are marked after they are put, and hours of a writer that was killed by its heir.
 */
export function createRolledStore(connection: MongoConnection): Omit<RolledStore, 'retain'> {
  const codec = createFigureBlockCodec();
  return {
    serverTime: () =>
      connection.run(async (db) => {
        const { localTime } = await db.command({ hello: 1 });
        return (localTime as Date).getTime();
      }),
    claim: (overByMs) =>
      connection.run(async (db) => {
        const due = await dueHours(db, overByMs);
        if (due.length === 0) return 0;
        await raise(connection, 'claimed_to', due);
        // What came since they were found is seen now, or its writer has seen the claim.
        const marks = await readMarks(db);
        const hours: SeriesHour[] = [];
        for (const each of due) hours.push(...(await hoursWithRows(db, marks, each)));
        const operations = hours.map(({ series, hour }) => {
          const inserted = { series, hour: new Date(hour), marked_at: new Date(0), puts: 0 };
          const filter = { _id: hourId({ series, hour }) };
          return { updateOne: { filter, update: { $setOnInsert: inserted }, upsert: true } };
        });
        if (operations.length > 0) {
          await connection.update((on) =>
            retryTakenKeys(() => lateOf(on).bulkWrite(operations, { ordered: false })),
          );
        }
        await raise(connection, 'rolled_to', due);
        return due.length;
      }),
    marked: (quietSinceMs, after) =>
      connection.run(async (db) => {
        const found = await lateOf(db)
          .find({
            marked_at: { $lte: new Date(quietSinceMs) },
            ...(after !== null && { _id: { $gt: hourId(after) } }),
          })
          .sort({ _id: 1 })
          .limit(MARKED_AT_ONCE)
          .toArray();
        return found.map(({ series, hour }) => ({ series, hour: hour.getTime() }));
      }),
    async roll(hours) {
      const problems: string[] = [];
      for (let i = 0; i < hours.length; i += LANES) {
        const page = hours.slice(i, i + LANES).map(async (at) => {
          try {
            await connection.run((db) => rollHour(db, connection, codec, at));
          } catch (error) {
            const isDamage = error instanceof DeltaStreamError && error.code === 'stored_data_damaged';
            if (!isDamage) throw error;
            problems.push(error.message);
          }
        });
        await Promise.all(page);
      }
      return problems;
    },
  };
}

/** An hour that is to be claimed, and from where on its series is not rolled up. */
interface DueHour extends SeriesHour {
  readonly fromMs: number;
}

/** Raises how far series are claimed or rolled up to the end of their due hours. */
async function raise(
  connection: MongoConnection,
  what: 'claimed_to' | 'rolled_to',
  due: readonly DueHour[],
): Promise<void> {
  const operations = due.map(({ series, hour }) => {
    const $max = { [what]: new Date(hourEnd(hour)) };
    const update = what === 'rolled_to' ? { $max } : { $max, $setOnInsert: { rolled_to: new Date(0) } };
    return { updateOne: { filter: { _id: series }, update, upsert: true } };
  });
  await connection.update((on) =>
    retryTakenKeys(() => rolledOf(on).bulkWrite(operations, { ordered: false })),
  );
}

/** The next hour of each series that has rows, is over by an instant and not rolled up. */
async function dueHours(db: Db, overByMs: number): Promise<DueHour[]> {
  const states = await rolledOf(db).find().toArray();
  const rolledTo = new Map(states.map(({ _id, rolled_to }) => [_id, rolled_to.getTime()]));
  const marks = await readMarks(db);
  const due: DueHour[] = [];
  const look = async (series: string, firstMs: number) => {
    const fromMs = rolledTo.get(series) ?? 0;
    if (hourEnd(hourOf(Math.max(firstMs, fromMs))) > overByMs) return;
    const hour = await firstHour(db, marks, series, fromMs, LAST_INSTANT_MS);
    if (hour !== null && hourEnd(hour) <= overByMs) due.push({ series, hour, fromMs });
  };
  const chains = await db
    .collection<ChainDocument>(CHAINS)
    .find({}, { projection: { product: 1, expiry: 1, first: 1, at: 1 } })
    .toArray();
  for (const { product, expiry, first, at } of chains) {
    const series = seriesOfChain(product, expiry);
    if (at.getTime() >= (rolledTo.get(series) ?? 0)) await look(series, first.getTime());
  }
  for (const product of await productsWithFigures(db)) await look(product, 0);
  return due;
}

/** All hours with rows up to the end of a due one. */
async function hoursWithRows(db: Db, marks: Marks, { series, hour, fromMs }: DueHour): Promise<SeriesHour[]> {
  const hours: SeriesHour[] = [];
  for (let nextMs = fromMs; nextMs < hourEnd(hour); ) {
    const found = await firstHour(db, marks, series, nextMs, hourEnd(hour));
    if (found === null) break;
    hours.push({ series, hour: found });
    nextMs = hourEnd(found);
  }
  return hours;
}

const WHEN = { at: 1, writer: 1, batch: 1, 'was.at': 1 } as const;

/** The hour of the first row of a series in [from, to); null where it has none. */
async function firstHour(
  db: Db,
  marks: Marks,
  series: string,
  fromMs: number,
  toMs: number,
): Promise<number | null> {
  const range = { fromMs, toMs, limit: 1 };
  const chain = chainOfSeries(series);
  if (chain === null) {
    const [found] = await readProductRows(db, series, range, []);
    return found === undefined ? null : hourOf(Number(found[0]));
  }
  const stored = await chainSeries(db, chain.product, chain.expiry);
  const [found] = await inRange(db, marks, stored, range, WHEN);
  return found === undefined ? null : hourOf(found.at.getTime());
}

/** Merges the rows of a marked hour into its blocks. Where another did so, or a put came meanwhile, the mark stays. */
async function rollHour(
  db: Db,
  connection: MongoConnection,
  codec: FigureBlockCodec,
  at: SeriesHour,
): Promise<void> {
  const { series, hour } = at;
  const _id = hourId(at);
  const mark = await lateOf(db).findOne({ _id });
  if (mark === null) return;
  // Another that claims the hour is not that far yet: a put may not see the claim, and mark nothing.
  const state = await rolledOf(db).findOne({ _id: series });
  if (state === null || claimedTo(state) < hourEnd(hour)) return;
  // First the blocks, before the commits by which rows are seen: older rows would win over what another rolled up since.
  const held = await rollupsOf(db).findOne({ _id });
  const chain = chainOfSeries(series);
  const source =
    chain === null
      ? productSource(db, codec, series)
      : await chainSource(db, codec, chain.product, chain.expiry);
  const minutes = Array.from({ length: BLOCK_HOUR_MS / MINUTE_MS }, (_, i) => hour + i * MINUTE_MS);
  const chosen = kindOf(series).ids.map((_, place) => place);
  const rows = await source.lastRows(minutes, hourEnd(hour), chosen);
  // Last: rows that are removed from now on were read.
  const { rowsFrom } = await source.state({ fromMs: hour, toMs: hourEnd(hour) });
  const blocks = rolledHour(codec, at, held === null ? null : blocksOf(held), rows, hour >= rowsFrom);
  if (blocks !== null) {
    const replacement = {
      series,
      hour: new Date(hour),
      ...(blocks.minutes !== null && { minutes: Buffer.from(blocks.minutes), minutes_of: new Date(hour) }),
      quarters: Buffer.from(blocks.quarters),
      writes: (held?.writes ?? 0) + 1,
    };
    if (held === null) {
      try {
        await rollupsOf(db).insertOne({ _id, ...replacement });
      } catch (error) {
        if (isDuplicateKey(error)) return;
        throw error;
      }
    } else {
      const { matchedCount } = await connection.update((on) =>
        rollupsOf(on).replaceOne({ _id, writes: held.writes }, replacement),
      );
      if (matchedCount === 0) return;
    }
  }
  await connection.update((on) => lateOf(on).deleteOne({ _id, puts: mark.puts }));
}
