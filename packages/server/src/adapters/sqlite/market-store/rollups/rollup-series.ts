import type { DatabaseSync } from 'node:sqlite';
import { hourOf } from '../../../rollups/merge-figures.ts';
import { DamageError } from '../files/store-file.ts';
import { rowChecksum } from '../main/row-checksum.ts';

/** How far the figures of a series are rolled up; every bound is the beginning of an hour. */
export interface SeriesState {
  readonly series: string;
  /** Hours before it are in blocks, and those of them that rows came for since in `rollup_late`, too. */
  readonly rolledTo: number;
  /** Rows before it were removed, but for those that came since. */
  readonly rawFrom: number;
  /** Up to where rows that are kept no longer were looked for. */
  readonly sweptTo: number;
  /** Before it the last figures of minutes were removed. */
  readonly minutesFrom: number;
  /** Has rows that no block has yet. */
  readonly open: boolean;
}

const COLUMNS = 'series, rolled_to, raw_from, swept_to, minutes_from, open, crc';

interface SeriesRow {
  readonly series: string;
  readonly rolled_to: number;
  readonly raw_from: number;
  readonly swept_to: number;
  readonly minutes_from: number;
  readonly open: number;
  readonly crc: number;
}

/** `open` is not in it: a series that is taken for closed is rolled up after its next put. */
export const seriesChecksum = (row: Omit<SeriesRow, 'open' | 'crc'>): number =>
  rowChecksum(row.series, [row.rolled_to, row.raw_from, row.swept_to, row.minutes_from]);

/** A row that says that nothing is rolled up may be one of the migration, which have no checksum. */
export const seriesIsDamaged = (row: Omit<SeriesRow, 'open'>): boolean =>
  row.rolled_to !== 0 && row.crc !== seriesChecksum(row);

function stateOf(row: SeriesRow): SeriesState {
  if (seriesIsDamaged(row)) {
    throw new DamageError(`how far ${row.series} is rolled up is damaged`);
  }
  return {
    series: row.series,
    rolledTo: row.rolled_to,
    rawFrom: row.raw_from,
    sweptTo: row.swept_to,
    minutesFrom: row.minutes_from,
    open: row.open !== 0,
  };
}

/** Reads the state of a series; null where nothing was put since the file has roll-ups. Throws DamageError. */
export function createStateReader(database: DatabaseSync): (series: string) => SeriesState | null {
  const select = database.prepare(`SELECT ${COLUMNS} FROM rollup_series WHERE series = ?`);
  return (series) => {
    const row = select.get(series) as SeriesRow | undefined;
    return row === undefined ? null : stateOf(row);
  };
}

/** The writer's view of all series: what is put to them, and which have something to do. */
export interface RollupSeries {
  /** A row of the series was put, in the transaction under way. */
  note(series: string, timestamp: number): void;
  /** The state as it is now. */
  of(series: string): SeriesState;
  set(state: SeriesState): void;
  /** The next series by name that has rows in no block. */
  nextOpen(after: string): SeriesState | null;
  /** A series that may have rows, or blocks of minutes, older than an instant. */
  withRowsBefore(epochMs: number): SeriesState | null;
  withMinutesBefore(epochMs: number): SeriesState | null;
  /** Whether rows may still be coming for an hour: some came to it last, less than `quietMs` ago. */
  isQuiet(series: string, hour: number, nowMs: number, quietMs: number): boolean;
  /** Forgets what it remembers of a transaction that was rolled back. */
  forget(): void;
}

interface Held {
  state: SeriesState;
  /** Of the row that was put last. */
  hour: number;
  putAt: number;
}

export function createRollupSeries(database: DatabaseSync): RollupSeries {
  const read = createStateReader(database);
  const write = database.prepare(
    `INSERT OR REPLACE INTO rollup_series (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const addLate = database.prepare('INSERT OR IGNORE INTO rollup_late (series, hour) VALUES (?, ?)');
  const first = (where: string) =>
    database.prepare(`SELECT ${COLUMNS} FROM rollup_series WHERE ${where} LIMIT 1`);
  const open = first('open = 1 AND series > ? ORDER BY series');
  const unswept = first('swept_to < rolled_to AND swept_to < ?');
  const inMinutes = first('minutes_from < rolled_to AND minutes_from < ?');
  const held = new Map<string, Held>();

  const heldOf = (series: string): Held => {
    const known = held.get(series);
    if (known !== undefined) return known;
    const none = { series, rolledTo: 0, rawFrom: 0, sweptTo: 0, minutesFrom: 0, open: false };
    const loaded = { state: read(series) ?? none, hour: -1, putAt: 0 };
    held.set(series, loaded);
    return loaded;
  };
  const set = (state: SeriesState) => {
    const row = {
      series: state.series,
      rolled_to: state.rolledTo,
      raw_from: state.rawFrom,
      swept_to: state.sweptTo,
      minutes_from: state.minutesFrom,
    };
    write.run(...Object.values(row), state.open ? 1 : 0, seriesChecksum(row));
    heldOf(state.series).state = state;
  };
  const found = (row: unknown) => (row === undefined ? null : stateOf(row as SeriesRow));

  return {
    note(series, timestamp) {
      const known = heldOf(series);
      known.putAt = Date.now();
      known.hour = hourOf(timestamp);
      const { state } = known;
      if (timestamp < state.rolledTo) {
        addLate.run(series, known.hour);
        if (known.hour < state.sweptTo) set({ ...state, sweptTo: known.hour });
      } else if (!state.open) set({ ...state, open: true });
    },
    of: (series) => heldOf(series).state,
    set,
    nextOpen: (after) => found(open.get(after)),
    withRowsBefore: (epochMs) => found(unswept.get(epochMs)),
    withMinutesBefore: (epochMs) => found(inMinutes.get(epochMs)),
    isQuiet(series, hour, nowMs, quietMs) {
      const known = held.get(series);
      return known === undefined || known.hour !== hour || nowMs - known.putAt >= quietMs;
    },
    forget: () => held.clear(),
  };
}
