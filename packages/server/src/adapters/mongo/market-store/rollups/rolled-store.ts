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
import { isDuplicateKey, type MongoConnection } from '../../connect.ts';
import { CHAINS, type ChainDocument } from '../catalogue.ts';
import { readMarks } from '../marks.ts';
import { productsWithFigures, readProductRows } from '../product-figures.ts';
import { chainSeries, inRange } from '../series.ts';
import { blocksOf, hourId, lateOf, rolledOf, rollupsOf } from './collections.ts';
import { chainSource, productSource } from './figure-sources.ts';

/** Marked hours read at a time, and of them rolled up at the same time. */
const MARKED_AT_ONCE = 64;
const LANES = 4;

/**
 * Rolling up in MongoDB. A writer looks after the commit of a batch whether hours of it are rolled up, and marks them
 * before it says that the batch is stored; so either rolling up sees the rows of the batch, or its writer the claim. Figures
 * of products, which have no commit, are marked after they are put, and hours of a writer that was killed by its heir.
 */
export function createRolledStore(connection: MongoConnection): Omit<RolledStore, 'retain'> {
  const codec = createFigureBlockCodec();
  return {
    claim: (overByMs) =>
      connection.run(async (db) => {
        const due = await dueHours(db, overByMs);
        if (due.length === 0) return 0;
        const marks = due.map(({ series, hour }) => {
          const inserted = { series, hour: new Date(hour), marked_at: new Date(0), puts: 0 };
          const filter = { _id: hourId({ series, hour }) };
          return { updateOne: { filter, update: { $setOnInsert: inserted }, upsert: true } };
        });
        await connection.update((on) => lateOf(on).bulkWrite(marks, { ordered: false }));
        const rolled = due.map(({ series, hour }) => ({
          updateOne: {
            filter: { _id: series },
            update: { $max: { rolled_to: new Date(hourEnd(hour)) } },
            upsert: true,
          },
        }));
        await rolledOf(db).bulkWrite(rolled, { ordered: false });
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

/** The next hour of each series that has rows, is over by an instant and not rolled up. */
async function dueHours(db: Db, overByMs: number): Promise<SeriesHour[]> {
  const states = await rolledOf(db).find().toArray();
  const rolledTo = new Map(states.map(({ _id, rolled_to }) => [_id, rolled_to.getTime()]));
  const isOver = (fromMs: number) => hourEnd(hourOf(fromMs)) <= overByMs;
  const due: SeriesHour[] = [];
  const add = (series: string, firstMs: number | undefined) => {
    if (firstMs !== undefined && isOver(firstMs)) due.push({ series, hour: hourOf(firstMs) });
  };
  const marks = await readMarks(db);
  const chains = await db
    .collection<ChainDocument>(CHAINS)
    .find({}, { projection: { product: 1, expiry: 1, first: 1, at: 1 } })
    .toArray();
  for (const { product, expiry, first, at } of chains) {
    const series = seriesOfChain(product, expiry);
    const fromMs = Math.max(first.getTime(), rolledTo.get(series) ?? 0);
    if (at.getTime() < fromMs || !isOver(fromMs)) continue;
    const range = { fromMs, toMs: LAST_INSTANT_MS, limit: 1 };
    const stored = await chainSeries(db, product, expiry);
    const [found] = await inRange(db, marks, stored, range, { at: 1, writer: 1, batch: 1, 'was.at': 1 });
    add(series, found?.at.getTime());
  }
  for (const product of await productsWithFigures(db)) {
    const fromMs = rolledTo.get(product) ?? 0;
    if (!isOver(fromMs)) continue;
    const range = { fromMs, toMs: LAST_INSTANT_MS, limit: 1 };
    const [found] = await readProductRows(db, product, range, []);
    add(product, found === undefined ? undefined : Number(found[0]));
  }
  return due;
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
  const chain = chainOfSeries(series);
  const source =
    chain === null
      ? productSource(db, codec, series)
      : await chainSource(db, codec, chain.product, chain.expiry);
  const minutes = Array.from({ length: BLOCK_HOUR_MS / MINUTE_MS }, (_, i) => hour + i * MINUTE_MS);
  const [rows, held, { rowsFrom }] = await Promise.all([
    source.lastRows(
      minutes,
      hourEnd(hour),
      kindOf(series).ids.map((_, place) => place),
    ),
    rollupsOf(db).findOne({ _id }),
    source.state({ fromMs: hour, toMs: hourEnd(hour) }),
  ]);
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
      const { matchedCount } = await rollupsOf(db).replaceOne({ _id, writes: held.writes }, replacement);
      if (matchedCount === 0) return;
    }
  }
  await connection.update((on) => lateOf(on).deleteOne({ _id, puts: mark.puts }));
}
