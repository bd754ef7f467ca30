import type { DatabaseSync } from 'node:sqlite';

/** How far the summaries of a day are computed again. */
export interface RebuiltDay {
  readonly day: number;
  /** The last sealed segment that is done; ALL_SEGMENTS once all are. */
  readonly segment: number;
  /** The last row of the hot file that is done. */
  readonly row: number;
  /** True where the rows of imports are to be counted, because their counts were lost, too. */
  readonly counts: boolean;
}

export const ALL_SEGMENTS = -1;

/** The days whose summaries are computed again, in a table that is there while there are any. */
export interface RebuildTable {
  begin(days: readonly number[]): void;
  /** Within the transaction of the summaries. */
  put(day: RebuiltDay): void;
  /** The newest day that is not done. */
  next(): RebuiltDay | null;
  has(day: number): boolean;
  remove(day: number): void;
  left(): number;
}

export function createRebuildTable(database: DatabaseSync): RebuildTable {
  const isThere = () =>
    database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'rebuild'").get() !==
    undefined;
  let left = isThere() ? Number(database.prepare('SELECT count(*) AS count FROM rebuild').get()?.count) : 0;
  return {
    begin(days) {
      if (days.length === 0) return;
      // An older release, which does not know the table, goes on with what is done.
      database.exec(`CREATE TABLE IF NOT EXISTS rebuild (
        day INTEGER PRIMARY KEY, segment INTEGER NOT NULL, row INTEGER NOT NULL, counts INTEGER NOT NULL
      ) STRICT`);
      const insert = database.prepare(
        'INSERT OR REPLACE INTO rebuild VALUES (?, 0, 0, (SELECT count(*) = 0 FROM import_count))',
      );
      for (const day of days) insert.run(day);
      left = Number(database.prepare('SELECT count(*) AS count FROM rebuild').get()?.count);
    },
    put: ({ day, segment, row }) =>
      database.prepare('UPDATE rebuild SET segment = ?, row = ? WHERE day = ?').run(segment, row, day),
    next() {
      if (left === 0) return null;
      const row = database.prepare('SELECT * FROM rebuild ORDER BY day DESC LIMIT 1').get();
      if (row === undefined) return null;
      const { day, segment, row: last, counts } = row as Record<string, number>;
      return { day, segment, row: last, counts: counts === 1 };
    },
    has: (day) => left > 0 && database.prepare('SELECT 1 FROM rebuild WHERE day = ?').get(day) !== undefined,
    remove(day) {
      if (left === 0) return;
      left -= Number(database.prepare('DELETE FROM rebuild WHERE day = ?').run(day).changes);
      if (left === 0) database.exec('DROP TABLE rebuild');
    },
    left: () => left,
  };
}
