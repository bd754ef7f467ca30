import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Bar } from '@deltastream/contracts';
import { BLOCK_MS } from '../../../../codec/tick-block.ts';
import type { ListRange } from '../../../../ports/stores/market/market-store.ts';
import { CHAIN_KIND, chainSeries, PRODUCT_KIND } from '../../../rollups/figure-kinds.ts';
import type { Cells } from '../../../rollups/merge-figures.ts';
import { inodeOf, mainFile } from '../files/files.ts';
import { MAIN_SCHEMA } from '../files/schemas.ts';
import { DamageError, onFile, openStoreFileToRead } from '../files/store-file.ts';
import { barNumbers, barTexts } from '../main/bar-writer.ts';
import { IMPORT_COLUMNS } from '../main/import-counts.ts';
import { rowIsDamaged } from '../main/row-checksum.ts';
import { chainChecksum } from '../main/summary-writer.ts';
import type { ChainKey, ChainRow, ImportRow, ReadRequest, ReadResults, TickBlock } from '../messages.ts';
import { createFigureRows, shownTime } from '../rollups/figure-rows.ts';
import {
  createRolledFigures,
  type FigureSource,
  packed,
  type RolledFigures,
} from '../rollups/rolled-figures.ts';
import { createDayReaders } from './day-readers.ts';
import type { SnapshotPage } from './snapshot-page.ts';

export interface ReaderSettings {
  readonly folder: string;
  readonly busyTimeoutMs: number;
  /** Files of a day kept open, hot ones and sealed ones each. */
  readonly maxOpenDays: number;
}

const NO_SNAPSHOTS: SnapshotPage = { memory: [], files: [], heads: [], rows: new Float64Array() };

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
  let main: (MainStatements & { readonly inode: number | undefined }) | null = null;
  const days = createDayReaders(settings);

  /** The statements of main.db; null while there is none. */
  const statements = (): MainStatements | null => {
    if (main === null) {
      const inode = inodeOf(mainPath);
      const file = openStoreFileToRead(mainPath, MAIN_SCHEMA, busyTimeoutMs);
      if (file !== null) main = { ...prepareMain(file.database, file.version), inode };
    }
    return main;
  };
  /** A writer, of this release or a newer one, may have added tables and columns since the statements were prepared. */
  const followSchema = () => {
    if (main === null) return;
    const inode = inodeOf(mainPath);
    if (inode !== undefined && inode !== main.inode) {
      // The writer replaced a damaged one by what could be read of it.
      main.database.close();
      main = null;
    } else if (main.schemaNow() !== main.schema) {
      main = { ...prepareMain(main.database, versionOf(main.database)), inode: main.inode };
    }
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

  const chainFigures = ({ product, expiry }: ChainKey): FigureSource | null => {
    const id = chainId({ product, expiry });
    const series = chainSeries(product, expiry);
    const rows = id === null ? null : statements()?.figureRows.chain(series, id);
    return rows ? { series, kind: CHAIN_KIND, rows } : null;
  };
  const productFigures = (product: string): FigureSource | null => {
    const rows = statements()?.figureRows.product(product);
    return rows ? { series: product, kind: PRODUCT_KIND, rows } : null;
  };
  /** Rows and blocks as they were at one moment. */
  const rolled = (
    source: FigureSource | null,
    read: (from: RolledFigures, source: FigureSource) => Float64Array<ArrayBuffer>,
  ) => {
    const held = statements();
    if (held === null || source === null) return new Float64Array();
    held.database.exec('BEGIN');
    try {
      return read(held.rolledFigures, source);
    } finally {
      held.database.exec('COMMIT');
    }
  };
  const undamaged = (block: TickBlock): TickBlock => {
    if (statements()?.damagedBlock?.get(block.product, block.minute) === undefined) return block;
    throw new DamageError(`ticks of ${block.product} of the minute ${shownTime(block.minute)} are damaged`);
  };
  const timesOf = (chain: number, fromMs: number, toMs: number, limit: number) =>
    (rows(statements()?.summaryTimes, chain, fromMs, toMs, limit) as [ts: number][]).map(([ts]) => ts);
  /** Those of some instants that have a snapshot: asked at once, unless many others lie between them. */
  const storedOf = (chain: number, timestamps: readonly number[]) => {
    const most = 2 * timestamps.length;
    const [first = 0, end = 0] = [timestamps[0], (timestamps.at(-1) ?? 0) + 1];
    const between = timesOf(chain, first, end, most);
    const areDense = between.length < most;
    const stored = areDense ? new Set(between) : null;
    const isStored = (each: number) =>
      stored?.has(each) ?? statements()?.hasSummary.get(chain, each) !== undefined;
    return { times: timestamps.filter(isStored), areDense };
  };

  const handlers: Handlers = {
    chains: ({ product }) =>
      (rows(statements()?.chains, product, product) as (ChainRow & { crc: number | null })[]).map(
        ({ crc, ...row }) => {
          if (crc === null || crc === chainChecksum(row)) return row;
          throw new DamageError(`the row of chain ${row.product} ${row.expiry} is damaged`);
        },
      ),
    asOf({ key, atMs }) {
      const chain = chainId(key);
      if (chain === null) return null;
      const last = statements()?.lastSummary.get(chain, atMs) as { ts: number } | undefined;
      return last === undefined ? null : days.snapshot(key, last.ts);
    },
    snapshots({ key, page, columns }) {
      const chain = chainId(key);
      if (chain === null) return { found: NO_SNAPSHOTS, next: null };
      const times = timesOf(chain, page.fromMs, page.toMs, page.limit);
      return {
        found: days.snapshots(key, times, { columns, strikes: null }, true),
        next: times.length < page.limit ? null : (times.at(-1) ?? 0) + 1,
      };
    },
    snapshotsAt({ key, timestamps, columns, strikes }) {
      const chain = chainId(key);
      if (chain === null) return NO_SNAPSHOTS;
      const { times, areDense } = storedOf(chain, timestamps);
      return days.snapshots(key, times, { columns, strikes }, areDense);
    },
    summaries: ({ key, page }) => rolled(chainFigures(key), (from, source) => from.list(source, page)),
    lastSummaries: ({ key, starts, toMs, chosen }) =>
      rolled(chainFigures(key), (from, source) => from.lastOfIntervals(source, starts, toMs, chosen)),
    bars: ({ product, interval, page }) => {
      const found = listed(statements()?.bars, page, product, interval) as Cells[];
      for (const [crc, start, open_at, open, high, low, close_at, close] of found) {
        const numbers = barNumbers(Number(start), { open_at, open, high, low, close_at, close } as Bar);
        if (!rowIsDamaged(crc, barTexts(product, interval), numbers)) continue;
        throw new DamageError(`the ${interval} bar of ${product} at ${shownTime(start)} is damaged`);
      }
      return packed(found, 1);
    },
    productFigures: ({ product, page }) =>
      rolled(productFigures(product), (from, source) => from.list(source, page)),
    lastProductFigures: ({ product, starts, toMs, chosen }) =>
      rolled(productFigures(product), (from, source) => from.lastOfIntervals(source, starts, toMs, chosen)),
    ticks: ({ product, page }) => {
      const fromMs = Math.floor(page.fromMs / BLOCK_MS) * BLOCK_MS;
      return (listed(statements()?.tickBlocks, { ...page, fromMs }, product) as TickBlock[]).map(undamaged);
    },
    latestTicks: ({ product }) => {
      const found = (
        product === null ? rows(statements()?.lastTickBlocks) : rows(statements()?.lastTickBlock, product)
      ) as TickBlock[];
      return found.map(undamaged);
    },
    counts() {
      const totals = statements()?.totals.get() as Omit<ReadResults['counts'], 'bytes'> | undefined;
      return { snapshots: 0, quotes: 0, ticks: 0, bars: 0, ...totals, bytes: bytesOf(folder) };
    },
    imports({ generation }) {
      const held = statements();
      const found = generation === null ? held?.latestImport?.get() : held?.importCounts?.get(generation);
      return (found as ImportRow | undefined) ?? null;
    },
    importedRows: () => Number(statements()?.importedRows?.get()?.rows ?? 0),
  };

  return {
    read: (request) => {
      const handler = handlers[request.kind] as (of: typeof request) => ReadResults[typeof request.kind];
      return onFile(mainPath, () => {
        followSchema();
        return handler(request);
      });
    },
    close() {
      main?.database.close();
      main = null;
      days.close();
    },
  };
}

type MainStatements = ReturnType<typeof prepareMain>;
/** One list read from either end; the rows of `last` descend. */
type ListStatement = Readonly<Record<'first' | 'last', StatementSync>>;

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.user_version);

function prepareMain(database: DatabaseSync, version: number) {
  // What step 2 added; before it rows have no checksums.
  const crc = version >= 2 ? 'crc' : 'NULL AS crc';
  const sinceStep2 = (sql: string) => (version >= 2 ? database.prepare(sql) : null);
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
  const schemaVersion = database.prepare('PRAGMA schema_version');
  const schemaNow = () => Number(schemaVersion.get()?.schema_version);
  return {
    database,
    schema: schemaNow(),
    schemaNow,
    figureRows: createFigureRows(database, version),
    rolledFigures: createRolledFigures(database, version),
    importCounts: sinceStep2('SELECT * FROM import_count WHERE generation = ?'),
    latestImport: sinceStep2('SELECT * FROM import_count ORDER BY abs(generation) DESC LIMIT 1'),
    importedRows: sinceStep2(`SELECT sum(${IMPORT_COLUMNS.join(' + ')}) AS rows FROM import_count`),
    damagedBlock: sinceStep2('SELECT 1 FROM damaged_block WHERE product = ? AND minute = ?'),
    chain: database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?'),
    chains: database.prepare(
      `SELECT product, expiry, expiry_at, currency, spot, first_ts, last_ts, ${crc} FROM chain
       WHERE ? IS NULL OR product = ? ORDER BY product, expiry`,
    ),
    lastSummary: database.prepare(
      'SELECT ts FROM summary WHERE chain = ? AND ts <= ? ORDER BY ts DESC LIMIT 1',
    ),
    summaryTimes: asArrays(
      'SELECT ts FROM summary WHERE chain = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?',
    ),
    hasSummary: database.prepare('SELECT 1 FROM summary WHERE chain = ? AND ts = ?'),
    bars: list(
      asArrays,
      `SELECT ${crc}, start, open_at, open, high, low, close_at, close FROM bar
       WHERE product = ? AND interval = ?`,
      'start',
    ),
    tickBlocks: list(
      (sql) => database.prepare(sql),
      'SELECT product, minute, data FROM tick_block WHERE product = ?',
      'minute',
    ),
    // A block that was lost is empty: the last one that there is comes in its place.
    lastTickBlock: database.prepare(
      `SELECT product, minute, data FROM tick_block WHERE product = ? AND length(data) > 0
       ORDER BY minute DESC LIMIT 1`,
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
         AND minute = (
           SELECT max(minute) FROM tick_block WHERE product = products.product AND length(data) > 0
         )`,
    ),
    totals: database.prepare('SELECT snapshots, quotes, ticks, bars FROM total'),
  };
}

/** Bytes of the store's files, logs included. A file that goes away while they are counted counts 0. */
function bytesOf(folder: string): number {
  return readdirSync(folder)
    .filter((name) => /\.db(-wal)?$/.test(name))
    .reduce((total, name) => total + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
