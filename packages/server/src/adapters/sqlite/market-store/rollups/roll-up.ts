import type { DatabaseSync } from 'node:sqlite';
import { MalformedBlobError } from '@deltastream/contracts/malformed-blob';
import { BLOCK_HOUR_MS, createFigureBlockCodec, type FigureBlock } from '../../../../codec/figure-block.ts';
import { CHAIN_KIND, chainOfSeries, PRODUCT_KIND } from '../../../rollups/figure-kinds.ts';
import {
  asBlock,
  type Cells,
  hourOf,
  MINUTE_MS,
  mergeFigures,
  QUARTER_MS,
} from '../../../rollups/merge-figures.ts';
import { inTransaction } from '../../transaction.ts';
import { oldestStoredDay, startOfDay } from '../files/files.ts';
import { DamageError } from '../files/store-file.ts';
import type { RolledUp, RollUpRequest } from '../messages.ts';
import { createFigureRows, type OnDamage, type SeriesRows } from './figure-rows.ts';
import type { RollupSeries, SeriesState } from './rollup-series.ts';

type Request = Omit<RollUpRequest, 'kind'>;
type Bounds = Pick<Request, 'rowsBeforeMs' | 'minutesBeforeMs'>;

/** Hours of blocks of a series that are removed in one step. */
const REMOVED_AT_ONCE_MS = 24 * BLOCK_HOUR_MS;

/**
 * Snapshots are found by their figures, so that none go before them. To be asked in the thread that writes: a commit that
 * waits may bring an older day.
 */
function boundsOf({ folder, rowsBeforeMs: rows, minutesBeforeMs: minutes }: Request): Bounds {
  if (rows === null) return { rowsBeforeMs: null, minutesBeforeMs: null };
  const oldest = oldestStoredDay(folder);
  const rowsBeforeMs = oldest === null ? rows : Math.min(rows, startOfDay(oldest));
  return { rowsBeforeMs, minutesBeforeMs: minutes === null ? null : Math.min(minutes, rowsBeforeMs) };
}

type BlockTable = ReturnType<typeof createBlockTable>;

function createBlockTable(database: DatabaseSync, table: 'rollup_minutes' | 'rollup_quarters') {
  const select = database.prepare(`SELECT data FROM ${table} WHERE series = ? AND hour = ?`);
  const first = database.prepare(
    `SELECT hour FROM ${table} WHERE series = ? AND hour >= ? ORDER BY hour LIMIT 1`,
  );
  const upsert = database.prepare(
    `INSERT INTO ${table} (series, hour, data) VALUES (?, ?, ?)
     ON CONFLICT (series, hour) DO UPDATE SET data = excluded.data`,
  );
  return {
    get: (series: string, hour: number) => (select.get(series, hour)?.data as Uint8Array | undefined) ?? null,
    firstHour: (series: string, fromMs: number) =>
      (first.get(series, fromMs)?.hour as number | undefined) ?? null,
    put: (series: string, hour: number, data: Uint8Array) => upsert.run(series, hour, data),
  };
}

/**
 * Rolls figures up, hour by hour, in the thread that writes: each hour of a series that is over becomes a block of the
 * last figures of its minutes, and one of those of its quarters, once; rows that come later are merged into it. What is kept no longer is removed only after
 * that. Each call is one transaction of about `budgetMs`, so that commits go on between.
 */
export function createRollUp(
  database: DatabaseSync,
  schemaVersion: number,
  all: RollupSeries,
): (request: Request) => RolledUp {
  const codec = createFigureBlockCodec();
  const figureRows = createFigureRows(database, schemaVersion);
  const selectChain = database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?');
  const minutes = createBlockTable(database, 'rollup_minutes');
  const quarters = createBlockTable(database, 'rollup_quarters');
  const removeMinutes = database.prepare(
    'DELETE FROM rollup_minutes WHERE series = ? AND hour >= ? AND hour < ?',
  );
  const addLate = database.prepare('INSERT OR IGNORE INTO rollup_late (series, hour) VALUES (?, ?)');
  const removeLate = database.prepare('DELETE FROM rollup_late WHERE series = ? AND hour = ?');
  const hasLate = database.prepare('SELECT 1 FROM rollup_late WHERE series = ? AND hour = ?');
  const nextLate = database.prepare(
    'SELECT series, hour FROM rollup_late WHERE (series, hour) > (?, ?) ORDER BY series, hour LIMIT 1',
  );
  const sizeOf = database.prepare(
    'SELECT count(*) AS snapshots, coalesce(sum(quotes), 0) AS quotes FROM summary WHERE chain = ? AND ts >= ? AND ts < ?',
  );
  const removeSummaries = database.prepare('DELETE FROM summary WHERE chain = ? AND ts >= ? AND ts < ?');
  const removeFigures = database.prepare(
    'DELETE FROM product_figures WHERE product = ? AND ts >= ? AND ts < ?',
  );
  const takeTotals = database.prepare('UPDATE total SET snapshots = snapshots - ?, quotes = quotes - ?');

  /** Where a pass over late hours, and over series, has come to. */
  let late = { series: '', hour: 0 };
  let openAfter = '';
  let problems: string[] = [];
  let hours = 0;

  const sourceOf = (series: string) => {
    const chain = chainOfSeries(series);
    if (chain === null) return { kind: PRODUCT_KIND, id: null, rows: figureRows.product(series) };
    const id = Number(selectChain.get(chain.product, chain.expiry)?.id ?? -1);
    return { kind: CHAIN_KIND, id, rows: figureRows.chain(series, id) };
  };

  /** The block of an hour, unless it is damaged and every row of it is there. */
  const blockOf = (table: BlockTable, hour: number, { series, rawFrom }: SeriesState): FigureBlock | null => {
    const held = table.get(series, hour);
    if (held === null) return null;
    try {
      return codec.open(series, hour, held);
    } catch (error) {
      if (!(error instanceof MalformedBlobError)) throw error;
      if (hour >= rawFrom) return null;
      throw new DamageError(`the roll-up of ${series} at ${new Date(hour).toISOString()} ${error.message}`);
    }
  };

  const lastOfMinutes = (rows: SeriesRows, hour: number, onDamage?: OnDamage): Cells[] => {
    const found: Cells[] = [];
    let endMs = hour + BLOCK_HOUR_MS;
    for (;;) {
      const row = rows.lastWithin(hour, endMs, onDamage);
      if (row === null) return found;
      found.push(row);
      endMs = Math.floor(Number(row[rows.timeAt]) / MINUTE_MS) * MINUTE_MS;
    }
  };

  /**
   * Merges the rows of an hour into its block; false where one of them is damaged, and the hour stays as it is. With
   * `onDamage` the damaged rows are passed over.
   */
  const rollHour = (state: SeriesState, hour: number, onDamage?: OnDamage): boolean => {
    const { series, minutesFrom } = state;
    try {
      const { rows, kind } = sourceOf(series);
      if (rows === null) return true;
      const hasMinutes = hour >= minutesFrom;
      const [table, slotMs] = hasMinutes
        ? ([minutes, MINUTE_MS] as const)
        : ([quarters, QUARTER_MS] as const);
      const held = blockOf(table, hour, state);
      const merged = mergeFigures(held, lastOfMinutes(rows, hour, onDamage), rows.timeAt, kind.ids, slotMs);
      if (merged.timestamps.length === 0) return true;
      table.put(series, hour, codec.encode(series, hour, merged));
      if (hasMinutes) {
        const last = mergeFigures(asBlock(merged), [], rows.timeAt, kind.ids, QUARTER_MS);
        quarters.put(series, hour, codec.encode(series, hour, last));
      }
      hours++;
      return true;
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      problems.push(error.message);
      return false;
    }
  };

  const passOver: OnDamage = ({ message }) => problems.push(message);

  const isOver = (series: string, hour: number, { nowMs, quietMs }: Request): boolean =>
    nowMs - quietMs >= hour + BLOCK_HOUR_MS && all.isQuiet(series, hour, nowMs, quietMs);

  /** Rolls up the next hour that rows came to after it was rolled up. */
  const rollLate = (request: Request): boolean => {
    for (;;) {
      const found = nextLate.get(late.series, late.hour) as { series: string; hour: number } | undefined;
      if (found === undefined) return false;
      late = { series: found.series, hour: found.hour };
      if (!all.isQuiet(found.series, found.hour, request.nowMs, request.quietMs)) continue;
      if (!rollHour(all.of(found.series), found.hour)) continue;
      removeLate.run(found.series, found.hour);
      return true;
    }
  };

  const rollNext = (request: Request): boolean => {
    for (;;) {
      const state = all.nextOpen(openAfter);
      if (state === null) return false;
      const { series } = state;
      const first = sourceOf(series).rows?.firstFrom(state.rolledTo) ?? null;
      if (first === null) {
        all.set({ ...state, open: false });
        return true;
      }
      const hour = hourOf(first);
      if (!isOver(series, hour, request)) {
        openAfter = series;
        continue;
      }
      // One that cannot be rolled up is read row by row, which says what is damaged.
      if (!rollHour(state, hour)) addLate.run(series, hour);
      all.set({ ...state, rolledTo: hour + BLOCK_HOUR_MS });
      return true;
    }
  };

  /** Removes the rows of the next hour that are kept no longer. */
  const removeRows = ({ rowsBeforeMs }: Bounds): boolean => {
    const state = rowsBeforeMs === null ? null : all.withRowsBefore(rowsBeforeMs);
    if (state === null || rowsBeforeMs === null) return false;
    const { series } = state;
    const { rows, id } = sourceOf(series);
    const endMs = Math.min(state.rolledTo, rowsBeforeMs);
    const first = rows?.firstFrom(state.sweptTo) ?? null;
    const hour = first === null ? endMs : hourOf(first);
    const sweptTo = Math.min(endMs, hour + BLOCK_HOUR_MS);
    if (hour < endMs) {
      // The rows go now: what is sound of them is rolled up without those that are damaged.
      if (hasLate.get(series, hour) !== undefined) rollHour(state, hour, passOver);
      if (id === null) removeFigures.run(series, hour, sweptTo);
      else {
        const size = sizeOf.get(id, hour, sweptTo) as { snapshots: number; quotes: number };
        removeSummaries.run(id, hour, sweptTo);
        takeTotals.run(size.snapshots, size.quotes);
      }
      removeLate.run(series, hour);
    }
    all.set({ ...state, sweptTo, rawFrom: Math.max(state.rawFrom, sweptTo) });
    return true;
  };

  /** Removes the minutes of a series that are kept no longer, some days at a time. */
  const thinMinutes = ({ minutesBeforeMs }: Bounds): boolean => {
    const state = minutesBeforeMs === null ? null : all.withMinutesBefore(minutesBeforeMs);
    if (state === null || minutesBeforeMs === null) return false;
    const endMs = Math.min(state.rolledTo, minutesBeforeMs);
    const first = minutes.firstHour(state.series, state.minutesFrom) ?? endMs;
    const minutesFrom = Math.min(endMs, first + REMOVED_AT_ONCE_MS);
    removeMinutes.run(state.series, state.minutesFrom, minutesFrom);
    all.set({ ...state, minutesFrom });
    return true;
  };

  return (request) => {
    const begun = performance.now();
    problems = [];
    hours = 0;
    let more = true;
    const bounds = boundsOf(request);
    inTransaction(database, () => {
      while (more && performance.now() - begun < request.budgetMs) {
        more = rollLate(request) || rollNext(request) || removeRows(bounds) || thinMinutes(bounds);
      }
    });
    if (!more) {
      late = { series: '', hour: 0 };
      openAfter = '';
    }
    return { hours, more, problems };
  };
}
