import type { DatabaseSync } from 'node:sqlite';
import type { Bar } from '@deltastream/contracts';
import type { ChainHead } from '@deltastream/contracts/codec';
import type { StoredProductFigures, StoredTick } from '../../../../ports/stores/market/market-store.ts';
import { chainSeries } from '../../../rollups/figure-kinds.ts';
import { inTransaction } from '../../transaction.ts';
import type { PutOutcome } from '../files/hot-file.ts';
import { backlogOf, onFile } from '../files/store-file.ts';
import type { RolledUp, RollUpRequest } from '../messages.ts';
import { createRollUp } from '../rollups/roll-up.ts';
import { createRollupSeries } from '../rollups/rollup-series.ts';
import { createBarWriter } from './bar-writer.ts';
import { createImportCounts } from './import-counts.ts';
import { MAIN_STEPS, type Totals } from './main-schema.ts';
import { createProductFiguresWriter } from './product-figures-writer.ts';
import { createRebuildTable, type RebuildTable, type RebuiltDay } from './rebuild-table.ts';
import { createSummaryWriter } from './summary-writer.ts';
import { createTickTable } from './tick-table.ts';

/** What one commit adds: heads of snapshots that are in their hot files, ticks, bars and figures of products. */
export interface MainBatch {
  /** `outcome` is null where it is not known, as after a crash. */
  readonly heads: readonly { readonly head: ChainHead; readonly outcome: PutOutcome | null }[];
  /** How far each hot file is covered by this batch. */
  readonly lastIds: ReadonlyMap<number, number>;
  readonly ticks: readonly StoredTick[];
  readonly bars: readonly Bar[];
  readonly figures: readonly StoredProductFigures[];
  /** How far a day's lost summaries are computed again with this batch. */
  readonly rebuilt?: RebuiltDay;
}

export interface MainFile {
  /** Writes all of a batch in one transaction. */
  commit(batch: MainBatch): void;
  /** The same, which commits once `durable` is: what it rejects with is thrown, and nothing is kept. */
  commitAfter(batch: MainBatch, durable: Promise<unknown>): Promise<void>;
  /** Does a part of what is left to roll up. */
  rollUp(request: Omit<RollUpRequest, 'kind'>): RolledUp;
  /** How far a day's hot file is covered by summaries. */
  lastId(day: number): number;
  /** A day's hot file was sealed or renamed: another begins at its first id. */
  forgetDay(day: number): void;
  /** The hot file of a day is covered up to an id; snapshots of the day are kept. */
  coverDay(day: number, lastId: number): void;
  /** Days of which snapshots are kept, as far as this file knows. */
  keptDays(): number[];
  readonly rebuild: RebuildTable;
  /** Snapshots up to the end of a day are kept no longer, so that their files are not missed. */
  dropDays(lastDay: number): void;
  /** Names this store for good. */
  storeId(): string;
  logBacklog(): number;
  close(): void;
}

/** The table, whose errors name the file. */
const onFileEach = (file: string, table: RebuildTable): RebuildTable => ({
  begin: (days) => onFile(file, () => table.begin(days)),
  put: (day) => onFile(file, () => table.put(day)),
  next: () => onFile(file, table.next),
  has: (day) => onFile(file, () => table.has(day)),
  remove: (day) => onFile(file, () => table.remove(day)),
  left: table.left,
});

export function createMainFile(file: string, database: DatabaseSync): MainFile {
  const summaries = createSummaryWriter(database);
  const ticks = createTickTable(database);
  const putBars = createBarWriter(database, ticks);
  const putFigures = createProductFiguresWriter(database);
  const imports = createImportCounts(database);
  const series = createRollupSeries(database);
  const rollUp = createRollUp(database, MAIN_STEPS.length, series);
  const selectLastId = database.prepare('SELECT last_id FROM hot WHERE day = ?');
  const setLastId = database.prepare(
    'INSERT INTO hot (day, last_id) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET last_id = excluded.last_id',
  );
  const forget = database.prepare('UPDATE hot SET last_id = 0 WHERE day = ?');
  const drop = database.prepare('DELETE FROM hot WHERE day <= ?');
  const addTotals = database.prepare(
    `UPDATE total SET snapshots = snapshots + ?, quotes = quotes + ?, ticks = ticks + ?, bars = bars + ?`,
  );
  const selectDays = database.prepare('SELECT day FROM hot ORDER BY day');
  const rebuild = onFileEach(file, createRebuildTable(database));
  const checkpointState = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const { id } = database.prepare('SELECT id FROM identity').get() as { id: string };

  const write = (batch: MainBatch): void => {
    const added: Totals = { snapshots: 0, quotes: 0, ticks: 0, bars: 0 };
    const counts = imports.begin();
    for (const { head, outcome } of batch.heads) {
      const { product, expiry, timestamp } = head.chain;
      const isNew = summaries.put(head, added, outcome !== null && outcome !== 'new');
      series.note(chainSeries(product, expiry), timestamp);
      // Its import has brought this row before.
      if (outcome === 'revised') continue;
      counts.add('chains', head.chain.generation, isNew ? 'new' : outcome === 'same' ? 'same' : 'replaced');
    }
    summaries.putChains();
    const contested = ticks.put(batch.ticks, added, counts);
    putBars(batch.bars, contested, added);
    putFigures(batch.figures);
    for (const { product, timestamp } of batch.figures) series.note(product, timestamp);
    for (const [day, lastId] of batch.lastIds) setLastId.run(day, lastId);
    if (batch.rebuilt !== undefined) rebuild.put(batch.rebuilt);
    counts.write();
    addTotals.run(added.snapshots, added.quotes, added.ticks, added.bars);
  };
  /** What is remembered of a transaction that was rolled back means nothing. */
  const forgetBatch = (): void => {
    summaries.forget();
    series.forget();
  };

  return {
    commit: (batch) =>
      onFile(file, () => {
        try {
          inTransaction(database, () => write(batch));
        } catch (error) {
          forgetBatch();
          throw error;
        }
      }),
    async commitAfter(batch, durable) {
      try {
        onFile(file, () => {
          database.exec('BEGIN IMMEDIATE');
          write(batch);
        });
        await durable;
        onFile(file, () => database.exec('COMMIT'));
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        forgetBatch();
        throw error;
      }
    },
    rollUp: (request) =>
      onFile(file, () => {
        try {
          return rollUp(request);
        } catch (error) {
          series.forget();
          throw error;
        }
      }),
    lastId: (day) => onFile(file, () => Number(selectLastId.get(day)?.last_id ?? 0)),
    forgetDay: (day) => onFile(file, () => forget.run(day)),
    coverDay: (day, lastId) => onFile(file, () => setLastId.run(day, lastId)),
    keptDays: () => onFile(file, () => selectDays.all().map(({ day }) => Number(day))),
    rebuild,
    dropDays: (lastDay) => onFile(file, () => drop.run(lastDay)),
    storeId: () => id,
    logBacklog: () => backlogOf(checkpointState.get()),
    close: () => database.close(),
  };
}
