import type { DatabaseSync } from 'node:sqlite';
import { MalformedBlobError } from '@deltastream/contracts/malformed-blob';
import { BLOCK_HOUR_MS, createFigureBlockCodec, type FigureBlock } from '../../../../codec/figure-block.ts';
import { CHAIN_KIND, chainOfSeries, PRODUCT_KIND } from '../../../rollups/figure-kinds.ts';
import { hourOf, mergeFigures, QUARTER_MS } from '../../../rollups/merge-figures.ts';
import { seriesChecksum } from '../rollups/rollup-series.ts';
import type { ListedBlock } from './listed-blocks.ts';
import type { PageRow } from './page-rows.ts';

/** Takes roll-ups back: of rows that are kept no longer, they are all there is. */
interface RollupSalvage {
  /** Takes a row if it is of a table of roll-ups and undamaged; whether it is. */
  take(row: PageRow): boolean;
  /** Whether a block of ticks was listed, and not only blocks of roll-ups; after all rows were taken. */
  isOfTicks(block: ListedBlock): boolean;
  /** Has every row rolled up anew, into the blocks that were found; after all rows were taken. */
  complete(): void;
  /** Of those that indexes name, how many hours of expiries are lost for good; after `complete`. */
  countLost(listed: Iterable<ListedBlock>): number;
}

/** @param database of the schema of main.db, to be filled, in a transaction */
export function createRollupSalvage(database: DatabaseSync): RollupSalvage {
  const codec = createFigureBlockCodec();
  const insertInto = (table: string) =>
    database.prepare(
      `INSERT INTO ${table} (series, hour, data) VALUES (?, ?, ?)
       ON CONFLICT (series, hour) DO UPDATE SET data = excluded.data WHERE length(excluded.data) > length(data)`,
    );
  const minutes = insertInto('rollup_minutes');
  const quarters = insertInto('rollup_quarters');
  const insertSeries = database.prepare('INSERT OR REPLACE INTO rollup_series VALUES (?, ?, ?, ?, ?, 1, ?)');
  const insertLate = database.prepare('INSERT OR IGNORE INTO rollup_late VALUES (?, ?)');
  const rolled = new Set<string>();
  const states = new Map<string, { rawFrom: number; sweptTo: number; minutesFrom: number }>();

  const opened = (series: string, hour: number, data: Uint8Array): FigureBlock | null => {
    try {
      return codec.open(series, hour, data);
    } catch (error) {
      if (error instanceof MalformedBlobError) return null;
      throw error;
    }
  };

  const takeBlock = (series: string, hour: number, data: Uint8Array): boolean => {
    const block = opened(series, hour, data);
    if (block === null) return false;
    rolled.add(series);
    // Of which table it is does not matter: of minutes the longer one stays, and quarters follow from minutes.
    minutes.run(series, hour, data);
    const { ids } = chainOfSeries(series) === null ? PRODUCT_KIND : CHAIN_KIND;
    quarters.run(series, hour, codec.encode(series, hour, mergeFigures(block, [], 0, ids, QUARTER_MS)));
    return true;
  };

  const put = (series: string, rawFrom: number, sweptTo: number, minutesFrom: number): void => {
    const row = {
      series,
      rolled_to: rawFrom,
      raw_from: rawFrom,
      swept_to: sweptTo,
      minutes_from: minutesFrom,
    };
    insertSeries.run(...Object.values(row), seriesChecksum(row));
  };

  return {
    take({ rowid, values }) {
      const [series, first, second, ...rest] = values;
      if (typeof series !== 'string' || !Number.isSafeInteger(first)) return false;
      const from = first as number;
      if (from % BLOCK_HOUR_MS !== 0) return false;
      if (rowid !== null) {
        return rest.length === 0 && second instanceof Uint8Array && takeBlock(series, from, second);
      }
      if (values.length === 2) {
        insertLate.run(series, from);
        return true;
      }
      if (values.length !== 7 || !values.slice(1).every(Number.isSafeInteger)) return false;
      const [raw_from, swept_to, minutes_from, , crc] = values.slice(2) as number[];
      const row = { series, rolled_to: from, raw_from, swept_to, minutes_from };
      if (from === 0 || crc !== seriesChecksum(row)) return false;
      states.set(series, { rawFrom: raw_from, sweptTo: swept_to, minutesFrom: minutes_from });
      return true;
    },
    isOfTicks({ name, isOfTicks, rollups, unknown }) {
      if (isOfTicks || name.includes(' ')) return isOfTicks;
      // The names of products are those of their figures, whose roll-ups have two indexes.
      return unknown > (rolled.has(name) ? Math.max(0, 2 - rollups) : 0);
    },
    complete() {
      const stored = database
        .prepare(
          `SELECT product || ' ' || expiry AS series, (SELECT min(ts) FROM summary WHERE chain = chain.id) AS first
           FROM chain UNION ALL SELECT product, min(ts) FROM product_figures GROUP BY product`,
        )
        .all() as { series: string; first: number | null }[];
      const firsts = new Map(stored.map(({ series, first }) => [series, first]));
      for (const series of new Set([...firsts.keys(), ...rolled])) {
        const first = firsts.get(series) ?? null;
        const known = states.get(series);
        if (known !== undefined) {
          const { rawFrom, sweptTo, minutesFrom } = known;
          put(series, rawFrom, Math.min(sweptTo, rawFrom), minutesFrom);
        } else {
          const rawFrom = !rolled.has(series)
            ? 0
            : first === null
              ? lastEnd(database, series)
              : hourOf(first);
          put(series, rawFrom, rawFrom, 0);
        }
      }
      database.exec(`DELETE FROM rollup_minutes WHERE hour <
        (SELECT minutes_from FROM rollup_series WHERE series = rollup_minutes.series)`);
    },
    countLost(listed) {
      const isLost = database.prepare(
        `SELECT 1 FROM rollup_series WHERE series = ? AND raw_from > ?
         AND NOT EXISTS (SELECT 1 FROM rollup_quarters AS block WHERE block.series = rollup_series.series AND hour = ?)`,
      );
      let lost = 0;
      for (const { name, start } of listed) {
        if (chainOfSeries(name) !== null && isLost.get(name, start, start) !== undefined) lost++;
      }
      return lost;
    },
  };
}

/** The end of the last hour of which there are figures. */
const lastEnd = (database: DatabaseSync, series: string): number =>
  Number(
    database.prepare('SELECT max(hour) AS hour FROM rollup_minutes WHERE series = ?').get(series)?.hour,
  ) + BLOCK_HOUR_MS;
