import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HISTORY_FIGURES } from '@deltastream/contracts';
import { BLOCK_MS } from '../../codec/tick-block.ts';
import type { ListRange } from '../../ports/market-store.ts';
import { dayOf, hotFile, mainFile } from './files.ts';
import { HOT_VERSION } from './hot-file.ts';
import { MAIN_VERSION } from './main-file.ts';
import type { ChainRow, ReadRequest, ReadResults, TickBlock } from './messages.ts';
import { onFile, openStoreFileToRead } from './store-file.ts';

export interface ReaderSettings {
  readonly folder: string;
  readonly busyTimeoutMs: number;
  /** Hot files kept open for reading. */
  readonly maxOpenDays: number;
}

export interface Reader {
  read<K extends ReadRequest['kind']>(request: Extract<ReadRequest, { kind: K }>): ReadResults[K];
  close(): void;
}

type Handlers = {
  readonly [K in ReadRequest['kind']]: (request: Extract<ReadRequest, { kind: K }>) => ReadResults[K];
};

/**
 * Reads a folder that a writer may be writing to. Files that do not exist (yet) hold nothing. Every read
 * is short, so that one long question does not keep the others waiting. Throws StoreFileError.
 */
export function createReader(settings: ReaderSettings): Reader {
  const { folder, busyTimeoutMs } = settings;
  const mainPath = mainFile(folder);
  let main: MainStatements | null = null;
  const hot = createHotReaders(settings);

  /** The statements of main.db; null while there is none. */
  const statements = (): MainStatements | null => {
    if (main === null) {
      const database = openStoreFileToRead(mainPath, MAIN_VERSION, busyTimeoutMs);
      main = database === null ? null : prepareMain(database);
    }
    return main;
  };
  const chainId = (key: { product: string; expiry: string }): number | null => {
    const row = statements()?.chain.get(key.product, key.expiry) as { id: number } | undefined;
    return row?.id ?? null;
  };
  const rows = (statement: StatementSync | undefined, ...values: (string | number | null)[]) =>
    (statement?.all(...values) ?? []) as unknown[];
  /** Ascending rows from the end of the range that its page takes. */
  const listed = (
    statement: ListStatement | undefined,
    { fromMs, toMs, limit, take = 'first' }: ListRange,
    ...key: (string | number)[]
  ) => {
    const found = rows(statement?.[take], ...key, fromMs, toMs, limit);
    return take === 'last' ? found.reverse() : found;
  };

  const handlers: Handlers = {
    chains: ({ product }) => rows(statements()?.chains, product, product) as ChainRow[],
    asOf({ key, atMs }) {
      const chain = chainId(key);
      if (chain === null) return null;
      const last = statements()?.lastSummary.get(chain, atMs) as { ts: number } | undefined;
      return last === undefined ? null : hot.blob(key, last.ts);
    },
    snapshots({ key, page }) {
      const chain = chainId(key);
      if (chain === null) return { blobs: [], next: null };
      const times = rows(statements()?.summaryTimes, chain, page.fromMs, page.toMs, page.limit) as {
        ts: number;
      }[];
      const blobs = times.map(({ ts }) => hot.blob(key, ts)).filter((blob) => blob !== null);
      return { blobs, next: times.length < page.limit ? null : (times.at(-1)?.ts ?? 0) + 1 };
    },
    summaries({ key, page }) {
      const chain = chainId(key);
      if (chain === null) return new Float64Array();
      return packed(listed(statements()?.summaries, page, chain));
    },
    bars: ({ product, interval, page }) => packed(listed(statements()?.bars, page, product, interval)),
    ticks: ({ product, page }) => {
      const fromMs = Math.floor(page.fromMs / BLOCK_MS) * BLOCK_MS;
      return listed(statements()?.tickBlocks, { ...page, fromMs }, product) as TickBlock[];
    },
    latestTicks: ({ product }) =>
      (product === null
        ? rows(statements()?.lastTickBlocks)
        : rows(statements()?.lastTickBlock, product)) as TickBlock[],
    counts() {
      const totals = statements()?.totals.get() as Omit<ReadResults['counts'], 'bytes'> | undefined;
      return { snapshots: 0, quotes: 0, ticks: 0, bars: 0, ...totals, bytes: bytesOf(folder) };
    },
  };

  return {
    read: (request) => {
      const handler = handlers[request.kind] as (of: typeof request) => ReadResults[typeof request.kind];
      return onFile(mainPath, () => handler(request));
    },
    close() {
      main?.database.close();
      main = null;
      hot.close();
    },
  };
}

type MainStatements = ReturnType<typeof prepareMain>;
/** One list read from either end; the rows of `last` descend. */
type ListStatement = Readonly<Record<'first' | 'last', StatementSync>>;

function prepareMain(database: DatabaseSync) {
  const asArrays = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  /** `select` up to its key; the range and the order by `time` are added. */
  const list = (prepare: (sql: string) => StatementSync, select: string, time: string): ListStatement => {
    const ordered = (order: string) =>
      prepare(`${select} AND ${time} >= ? AND ${time} < ? ORDER BY ${time}${order} LIMIT ?`);
    return { first: ordered(''), last: ordered(' DESC') };
  };
  return {
    database,
    chain: database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?'),
    chains: database.prepare(
      `SELECT product, expiry, expiry_at, currency, spot, first_ts, last_ts FROM chain
       WHERE ? IS NULL OR product = ? ORDER BY product, expiry`,
    ),
    lastSummary: database.prepare(
      'SELECT ts FROM summary WHERE chain = ? AND ts <= ? ORDER BY ts DESC LIMIT 1',
    ),
    summaryTimes: database.prepare(
      'SELECT ts FROM summary WHERE chain = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?',
    ),
    summaries: list(asArrays, `SELECT ts, ${HISTORY_FIGURES.join(', ')} FROM summary WHERE chain = ?`, 'ts'),
    bars: list(
      asArrays,
      'SELECT start, open_at, open, high, low, close_at, close FROM bar WHERE product = ? AND interval = ?',
      'start',
    ),
    tickBlocks: list(
      (sql) => database.prepare(sql),
      'SELECT product, minute, data FROM tick_block WHERE product = ?',
      'minute',
    ),
    lastTickBlock: database.prepare(
      'SELECT product, minute, data FROM tick_block WHERE product = ? ORDER BY minute DESC LIMIT 1',
    ),
    // Steps from product to product along the index, and takes the last block of each.
    lastTickBlocks: database.prepare(
      `WITH RECURSIVE products(product) AS (
         SELECT min(product) FROM tick_block
         UNION ALL
         SELECT (SELECT min(product) FROM tick_block WHERE product > products.product)
         FROM products WHERE products.product IS NOT NULL
       )
       SELECT tick_block.product, minute, data FROM products JOIN tick_block
         ON tick_block.product = products.product
         AND minute = (SELECT max(minute) FROM tick_block WHERE product = products.product)`,
    ),
    totals: database.prepare('SELECT snapshots, quotes, ticks, bars FROM total'),
  };
}

/** Hot files open for reading, the least recently used closed first. */
function createHotReaders({ folder, busyTimeoutMs, maxOpenDays }: ReaderSettings) {
  const open = new Map<number, { database: DatabaseSync; select: StatementSync }>();

  const readerOf = (day: number) => {
    let reader = open.get(day);
    open.delete(day);
    if (!reader) {
      const database = openStoreFileToRead(hotFile(folder, day), HOT_VERSION, busyTimeoutMs);
      if (database === null) return null;
      const select = database.prepare(
        'SELECT data FROM snap WHERE chain = (SELECT id FROM chain WHERE product = ? AND expiry = ?) AND ts = ?',
      );
      reader = { database, select };
    }
    open.set(day, reader);
    for (const [oldest, { database }] of open) {
      if (open.size <= maxOpenDays) break;
      database.close();
      open.delete(oldest);
    }
    return reader;
  };

  return {
    /** Null when the day's file was removed: a summary outlives its snapshot. */
    blob(key: { product: string; expiry: string }, timestamp: number): Uint8Array | null {
      const day = dayOf(timestamp);
      const file = hotFile(folder, day);
      return onFile(file, () => {
        const row = readerOf(day)?.select.get(key.product, key.expiry, timestamp);
        return (row?.data as Uint8Array | undefined) ?? null;
      });
    },
    close() {
      for (const { database } of open.values()) database.close();
      open.clear();
    },
  };
}

/** Rows of numbers as one array; NULL becomes NaN. */
function packed(rows: readonly unknown[]): Float64Array<ArrayBuffer> {
  const width = rows.length === 0 ? 0 : (rows[0] as unknown[]).length;
  const values = new Float64Array(rows.length * width);
  let at = 0;
  for (const row of rows as (number | null)[][]) for (const value of row) values[at++] = value ?? Number.NaN;
  return values;
}

/** Bytes of the store's files, logs included. A file that goes away while they are counted counts 0. */
function bytesOf(folder: string): number {
  return readdirSync(folder)
    .filter((name) => /\.db(-wal)?$/.test(name))
    .reduce((total, name) => total + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
