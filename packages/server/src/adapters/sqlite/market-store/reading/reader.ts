import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Bar } from '@deltastream/contracts';
import { HISTORY_FIGURES } from '@deltastream/contracts/figures';
import { BLOCK_MS } from '../../../../codec/tick-block.ts';
import type { ListRange } from '../../../../ports/stores/market-store.ts';
import { inodeOf, mainFile } from '../files/files.ts';
import { MAIN_SCHEMA } from '../files/schemas.ts';
import { DamageError, onFile, openStoreFileToRead } from '../files/store-file.ts';
import { barNumbers, barTexts } from '../main/bar-writer.ts';
import {
  createFigureChecksum,
  figureColumns,
  PRODUCT_FIGURES_TABLE,
  SUMMARY_TABLE,
} from '../main/figure-columns.ts';
import { IMPORT_COLUMNS } from '../main/import-counts.ts';
import { rowIsDamaged } from '../main/row-checksum.ts';
import { chainChecksum } from '../main/summary-writer.ts';
import type { ChainKey, ChainRow, ImportRow, ReadRequest, ReadResults, TickBlock } from '../messages.ts';
import { createDayReaders } from './day-readers.ts';

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

  /** Rows of summaries of a chain as numbers, each compared with its checksum. */
  const packedSummaries = ({ product, expiry }: ChainKey, chain: number, found: readonly unknown[]) => {
    const unknown = statements()?.unknownFigures ?? 0;
    return packed(found, 2 + unknown, ([crc, quotes, ...rest]) => {
      if (crc === null || crc === statements()?.summaryChecksum(chain, quotes, rest)) return;
      throw new DamageError(`the summary of ${product} ${expiry} at ${shown(rest[unknown])} is damaged`);
    });
  };
  const undamaged = (block: TickBlock): TickBlock => {
    if (statements()?.damagedBlock?.get(block.product, block.minute) === undefined) return block;
    throw new DamageError(`ticks of ${block.product} of the minute ${shown(block.minute)} are damaged`);
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
      if (chain === null) return { found: [], next: null };
      const summaries = rows(statements()?.summaryTimes, chain, page.fromMs, page.toMs, page.limit) as {
        ts: number;
      }[];
      const times = summaries.map(({ ts }) => ts);
      return {
        found: days.snapshots(key, times, { columns, strikes: null }),
        next: times.length < page.limit ? null : (times.at(-1) ?? 0) + 1,
      };
    },
    snapshotsAt({ key, timestamps, columns, strikes }) {
      const chain = chainId(key);
      if (chain === null) return [];
      const isStored = (timestamp: number) => statements()?.hasSummary.get(chain, timestamp) !== undefined;
      return days.snapshots(key, timestamps.filter(isStored), { columns, strikes });
    },
    summaries({ key, page }) {
      const chain = chainId(key);
      if (chain === null) return new Float64Array();
      return packedSummaries(key, chain, listed(statements()?.summaries, page, chain));
    },
    lastSummaries({ key, starts, toMs }) {
      const chain = chainId(key);
      if (chain === null || starts.length === 0) return new Float64Array();
      const timeAt = 2 + (statements()?.unknownFigures ?? 0);
      const found: unknown[] = [];
      let end = toMs;
      for (let i = starts.length - 1; i >= 0; i--) {
        const [row] = rows(statements()?.lastSummaryWithin, chain, starts[0], end) as Numbers[];
        if (row === undefined) break;
        found.push(row);
        // Intervals without a summary are stepped over.
        while (i > 0 && starts[i] > (row[timeAt] ?? 0)) i--;
        end = starts[i];
      }
      return packedSummaries(key, chain, found.reverse());
    },
    bars: ({ product, interval, page }) => {
      const found = listed(statements()?.bars, page, product, interval);
      return packed(found, 1, ([crc, start, open_at, open, high, low, close_at, close]) => {
        const numbers = barNumbers(Number(start), { open_at, open, high, low, close_at, close } as Bar);
        if (!rowIsDamaged(crc, barTexts(product, interval), numbers)) return;
        throw new DamageError(`the ${interval} bar of ${product} at ${shown(start)} is damaged`);
      });
    },
    productFigures: ({ product, page }) => {
      const known = statements()?.productFigures;
      return packed(listed(known?.list, page, product), 1 + (known?.unknown ?? 0), (row) => {
        if (known?.isSound(product, row)) return;
        const at = shown(row[1 + (known?.unknown ?? 0)]);
        throw new DamageError(`the figures of ${product} at ${at} are damaged`);
      });
    },
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
  const figures = figureColumns(database, SUMMARY_TABLE);
  const { unknown } = figures;
  const summarySelect = `SELECT ${[crc, 'quotes', ...unknown, 'ts', figures.sql].join(', ')} FROM summary WHERE chain = ?`;
  const checksumOf = createFigureChecksum([...unknown, ...HISTORY_FIGURES]);
  const schemaVersion = database.prepare('PRAGMA schema_version');
  const schemaNow = () => Number(schemaVersion.get()?.schema_version);
  return {
    database,
    schema: schemaNow(),
    schemaNow,
    /** Columns of figures that this release does not know, before the time of a summary. */
    unknownFigures: unknown.length,
    summaryChecksum: (chain: number, quotes: number | null, rest: readonly (number | null)[]) => {
      const [ts] = rest.slice(unknown.length);
      return checksumOf('', [chain, Number(ts), Number(quotes)], rest.toSpliced(unknown.length, 1));
    },
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
    summaryTimes: database.prepare(
      'SELECT ts FROM summary WHERE chain = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?',
    ),
    summaries: list(asArrays, summarySelect, 'ts'),
    // SQLite plans a statement again whenever a LIMIT that is a parameter is bound, which takes ten times as long as
    // the seek.
    lastSummaryWithin: asArrays(`${summarySelect} AND ts >= ? AND ts < ? ORDER BY ts DESC LIMIT 1`),
    hasSummary: database.prepare('SELECT 1 FROM summary WHERE chain = ? AND ts = ?'),
    bars: list(
      asArrays,
      `SELECT ${crc}, start, open_at, open, high, low, close_at, close FROM bar
       WHERE product = ? AND interval = ?`,
      'start',
    ),
    productFigures:
      version >= 3 ? productFigureStatements(database, (select) => list(asArrays, select, 'ts')) : null,
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

/** Rows are the checksum, figures that only a newer release knows, timestamp, as_of, progress, and the figures. */
function productFigureStatements(database: DatabaseSync, list: (select: string) => ListStatement) {
  const { sql, unknown } = figureColumns(database, PRODUCT_FIGURES_TABLE);
  const columns = ['crc', ...unknown, 'ts', 'as_of', 'progress', sql].join(', ');
  const checksumOf = createFigureChecksum([...unknown, ...PRODUCT_FIGURES_TABLE.figures]);
  return {
    list: list(`SELECT ${columns} FROM product_figures WHERE product = ?`),
    unknown: unknown.length,
    isSound(product: string, [crc, ...row]: Numbers): boolean {
      const key = row.slice(unknown.length, unknown.length + 3);
      return crc === checksumOf(`${product} `, key, row.toSpliced(unknown.length, 3));
    },
  };
}

type Numbers = readonly (number | null)[];

/** Rows of numbers as one array, without their first `skipped`, after a look at each; NULL becomes NaN. */
function packed(
  rows: readonly unknown[],
  skipped: number,
  check: (row: Numbers) => void,
): Float64Array<ArrayBuffer> {
  const width = rows.length === 0 ? 0 : (rows[0] as Numbers).length - skipped;
  const values = new Float64Array(rows.length * width);
  let at = 0;
  for (const row of rows as Numbers[]) {
    check(row);
    for (let i = skipped; i < row.length; i++) values[at++] = row[i] ?? Number.NaN;
  }
  return values;
}

/** A time that may be damaged, too. */
function shown(epochMs: number | null): string {
  const date = new Date(epochMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString();
}

/** Bytes of the store's files, logs included. A file that goes away while they are counted counts 0. */
function bytesOf(folder: string): number {
  return readdirSync(folder)
    .filter((name) => /\.db(-wal)?$/.test(name))
    .reduce((total, name) => total + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
