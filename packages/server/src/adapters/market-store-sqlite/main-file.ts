import type { DatabaseSync } from 'node:sqlite';
import { type Bar, HISTORY_FIGURES } from '@deltastream/contracts';
import type { ChainHead } from '@deltastream/contracts/codec';
import { BLOCK_MS, createTickBlockCodec } from '../../codec/tick-block.ts';
import type { StoredTick } from '../../ports/market-store.ts';
import { inTransaction } from '../sqlite/open-database.ts';
import { backlogOf } from './hot-file.ts';
import { mergeTicks } from './merge-ticks.ts';
import { onFile } from './store-file.ts';

export const MAIN_VERSION = 1;
export const MAIN_PAGE_BYTES = 4096;

/**
 * Everything but the snapshots. A snapshot counts as stored once its `summary` row is here; `hot.last_id`
 * says how far into a day's hot file that is so.
 */
export const MAIN_SCHEMA = `
  CREATE TABLE hot (day INTEGER PRIMARY KEY, last_id INTEGER NOT NULL) STRICT;
  CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    product TEXT NOT NULL,
    expiry TEXT NOT NULL,
    expiry_at INTEGER NOT NULL,
    currency TEXT NOT NULL,
    spot REAL,
    first_ts INTEGER NOT NULL,
    last_ts INTEGER NOT NULL,
    UNIQUE (product, expiry)
  ) STRICT;
  CREATE TABLE summary (
    chain INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    ${HISTORY_FIGURES.map((name) => `${name} REAL`).join(', ')},
    PRIMARY KEY (chain, ts)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tick_block (
    product TEXT NOT NULL,
    minute INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (product, minute)
  ) STRICT;
  CREATE TABLE bar (
    product TEXT NOT NULL,
    interval TEXT NOT NULL,
    start INTEGER NOT NULL,
    open_at INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close_at INTEGER NOT NULL,
    close REAL NOT NULL,
    PRIMARY KEY (product, interval, start)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE total (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    snapshots INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    ticks INTEGER NOT NULL,
    bars INTEGER NOT NULL
  ) STRICT;
  INSERT INTO total VALUES (1, 0, 0, 0, 0);`;

/** What one commit adds: heads of snapshots that are in their hot files, ticks and bars. */
export interface MainBatch {
  readonly heads: readonly ChainHead[];
  /** How far each hot file is covered by this batch. */
  readonly lastIds: ReadonlyMap<number, number>;
  readonly ticks: readonly StoredTick[];
  readonly bars: readonly Bar[];
}

export interface MainFile {
  /** Writes all of a batch in one transaction. */
  commit(batch: MainBatch): void;
  /** How far a day's hot file is covered by summaries. */
  lastId(day: number): number;
  logBacklog(): number;
  close(): void;
}

interface Totals {
  snapshots: number;
  quotes: number;
  ticks: number;
  bars: number;
}

export function createMainFile(file: string, database: DatabaseSync): MainFile {
  const putSummaries = summaryWriter(database);
  const putTicks = tickWriter(database);
  const putBars = barWriter(database);
  const selectLastId = database.prepare('SELECT last_id FROM hot WHERE day = ?');
  const setLastId = database.prepare(
    'INSERT INTO hot (day, last_id) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET last_id = excluded.last_id',
  );
  const addTotals = database.prepare(
    `UPDATE total SET snapshots = snapshots + ?, quotes = quotes + ?, ticks = ticks + ?, bars = bars + ?`,
  );
  const checkpointState = database.prepare('PRAGMA wal_checkpoint(NOOP)');

  return {
    commit: (batch) =>
      onFile(file, () =>
        inTransaction(database, () => {
          const added: Totals = { snapshots: 0, quotes: 0, ticks: 0, bars: 0 };
          putSummaries(batch.heads, added);
          putTicks(batch.ticks, added);
          putBars(batch.bars, added);
          for (const [day, id] of batch.lastIds) setLastId.run(day, id);
          addTotals.run(added.snapshots, added.quotes, added.ticks, added.bars);
        }),
      ),
    lastId: (day) => onFile(file, () => Number(selectLastId.get(day)?.last_id ?? 0)),
    logBacklog: () => backlogOf(checkpointState.get()),
    close: () => database.close(),
  };
}

function summaryWriter(database: DatabaseSync): (heads: readonly ChainHead[], added: Totals) => void {
  const upsertChain = database.prepare(
    `INSERT INTO chain (product, expiry, expiry_at, currency, spot, first_ts, last_ts)
     VALUES (:product, :expiry, :expiry_at, :currency, :spot, :timestamp, :timestamp)
     ON CONFLICT (product, expiry) DO UPDATE SET
       expiry_at = iif(excluded.last_ts >= last_ts, excluded.expiry_at, expiry_at),
       currency = iif(excluded.last_ts >= last_ts, excluded.currency, currency),
       spot = iif(excluded.last_ts >= last_ts, excluded.spot, spot),
       first_ts = min(first_ts, excluded.first_ts),
       last_ts = max(last_ts, excluded.last_ts)
     RETURNING id`,
  );
  const figures = HISTORY_FIGURES.join(', ');
  const marks = HISTORY_FIGURES.map(() => '?').join(', ');
  const insert = database.prepare(
    `INSERT INTO summary (chain, ts, quotes, ${figures}) VALUES (?, ?, ?, ${marks}) ON CONFLICT DO NOTHING`,
  );
  const selectQuotes = database.prepare('SELECT quotes FROM summary WHERE chain = ? AND ts = ?');
  const replace = database.prepare(
    `INSERT OR REPLACE INTO summary (chain, ts, quotes, ${figures}) VALUES (?, ?, ?, ${marks})`,
  );

  return (heads, added) => {
    for (const { chain, quotes } of heads) {
      const { product, expiry, expiry_at, currency, spot, timestamp } = chain;
      const { id } = upsertChain.get({ product, expiry, expiry_at, currency, spot, timestamp }) as {
        id: number;
      };
      const values = HISTORY_FIGURES.map((name) => chain.summary[name]);
      added.quotes += quotes;
      if (insert.run(id, timestamp, quotes, ...values).changes === 1) {
        added.snapshots++;
        continue;
      }
      added.quotes -= Number(selectQuotes.get(id, timestamp)?.quotes ?? 0);
      replace.run(id, timestamp, quotes, ...values);
    }
  };
}

function tickWriter(database: DatabaseSync): (ticks: readonly StoredTick[], added: Totals) => void {
  const codec = createTickBlockCodec();
  const select = database.prepare('SELECT data FROM tick_block WHERE product = ? AND minute = ?');
  const upsert = database.prepare(
    `INSERT INTO tick_block (product, minute, data) VALUES (?, ?, ?)
     ON CONFLICT (product, minute) DO UPDATE SET data = excluded.data`,
  );

  return (ticks, added) => {
    const blocks = Map.groupBy(ticks, (tick) => `${tick.product} ${Math.floor(tick.timestamp / BLOCK_MS)}`);
    for (const group of blocks.values()) {
      const { product, timestamp } = group[0];
      const minute = Math.floor(timestamp / BLOCK_MS) * BLOCK_MS;
      const data = select.get(product, minute)?.data as Uint8Array | undefined;
      const stored = data === undefined ? [] : codec.decode(product, minute, data);
      const merged = mergeTicks(stored, group);
      added.ticks += merged.length - stored.length;
      upsert.run(product, minute, codec.encode(minute, merged));
    }
  };
}

function barWriter(database: DatabaseSync): (bars: readonly Bar[], added: Totals) => void {
  const insert = database.prepare(
    'INSERT INTO bar VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  // The rule of `mergeBars` in SQL: every right-hand side sees the row as it was.
  const merge = database.prepare(
    `UPDATE bar SET
       open = iif((:open_at, :open) < (open_at, open), :open, open),
       open_at = min(open_at, :open_at),
       high = max(high, :high),
       low = min(low, :low),
       close = iif((:close_at, :close) > (close_at, close), :close, close),
       close_at = max(close_at, :close_at)
     WHERE product = :product AND interval = :interval AND start = :start`,
  );

  return (bars, added) => {
    for (const bar of bars) {
      const { product, interval, start, open_at, open, high, low, close_at, close } = bar;
      const { changes } = insert.run(product, interval, start, open_at, open, high, low, close_at, close);
      if (changes === 1) added.bars++;
      else merge.run({ product, interval, start, open_at, open, high, low, close_at, close });
    }
  };
}
