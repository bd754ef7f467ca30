import { DatabaseSync } from 'node:sqlite';
import type { Bar } from '@deltastream/contracts';
import { MalformedBlobError, STORED_INTERVALS } from '@deltastream/contracts/codec';
import { BLOCK_MS, createTickBlockCodec } from '../../../../codec/tick-block.ts';
import type { StoredTick } from '../../../../ports/stores/market/market-store.ts';
import { MAIN_SCHEMA } from '../files/schemas.ts';
import { barNumbers, barOf, barTexts, createBarWriter } from '../main/bar-writer.ts';
import { createFigureChecksum, PRODUCT_FIGURES_TABLE, SUMMARY_TABLE } from '../main/figure-columns.ts';
import { createImportCounts } from '../main/import-counts.ts';
import { MAIN_PAGE_BYTES } from '../main/main-schema.ts';
import { rowIsDamaged } from '../main/row-checksum.ts';
import { chainChecksum } from '../main/summary-writer.ts';
import { createTickTable } from '../main/tick-table.ts';
import type { ChainRow } from '../messages.ts';
import { createListedBlocks } from './listed-blocks.ts';
import type { PageRow, Value } from './page-rows.ts';
import { restoreLongerBars } from './salvage-bars.ts';
import { type Salvage, salvageFile, unlessRefused } from './salvage-file.ts';
import { createRollupSalvage } from './salvage-rollups.ts';

/** How many rows of each kind could be read. */
export interface SalvagedMain {
  readonly summaries: number;
  readonly bars: number;
  readonly ticks: number;
  readonly productFigures: number;
  /** Hours of roll-ups that are lost, of whose rows none are kept. */
  readonly lostHours: number;
}

/**
 * Replaces a damaged main.db by one with every row that can be read and is what was written, as its checksum says. Bars of a
 * minute that are damaged are computed from its ticks, longer ones from those of their minutes. Summaries of chains whose own row is lost are left out; they and all
 * that are missing are computed again from the quotes, where these are kept. Every row is rolled up anew, into the roll-ups
 * that could be read.
 */
export const salvageMain = (file: string): Salvage<SalvagedMain> =>
  salvageFile(file, { schema: MAIN_SCHEMA, pageBytes: MAIN_PAGE_BYTES }, fillMain);

function fillMain(database: DatabaseSync, rows: () => Iterable<PageRow>): SalvagedMain {
  const columns = createdColumns(rows);
  const listed = createListedBlocks();
  const rollups = createRollupSalvage(database);
  const takes = [
    takeChain(database),
    takeSummary(database, columns.get(SUMMARY_TABLE.name)),
    takeProductFigures(database, columns.get(PRODUCT_FIGURES_TABLE.name)),
    takeBar(database),
    rollups.take,
    takeTicks(database),
    listed.take,
    takeDamagedBlock(database),
    takeSmallRow(database),
  ];
  for (const row of rows()) unlessRefused(() => takes.some((take) => take(row)));
  database.exec('DELETE FROM summary WHERE chain NOT IN (SELECT id FROM chain)');
  // A block that is lost is refused when it is read, as one that is damaged, until an import gives it anew.
  const lost = database.prepare(
    "INSERT INTO tick_block (product, minute, data) VALUES (?, ?, x'') ON CONFLICT DO NOTHING",
  );
  const blocks = [...listed.all()];
  for (const block of blocks) if (rollups.isOfTicks(block)) lost.run(block.name, block.start);
  restoreLongerBars(database);
  rollups.complete();
  const number = (sql: string) => Number(database.prepare(sql).get()?.value);
  const salvaged = {
    summaries: number('SELECT count(*) AS value FROM summary'),
    bars: number('SELECT count(*) AS value FROM bar'),
    ticks: ticksIn(database),
    productFigures: number('SELECT count(*) AS value FROM product_figures'),
    lostHours: rollups.countLost(blocks),
  };
  database
    .prepare('UPDATE total SET snapshots = ?, quotes = ?, ticks = ?, bars = ?')
    .run(
      salvaged.summaries,
      number('SELECT coalesce(sum(quotes), 0) AS value FROM summary'),
      salvaged.ticks,
      salvaged.bars,
    );
  return salvaged;
}

/** Takes a row if it is of its table and undamaged; whether it is of its table. */
type Take = (row: PageRow) => boolean;

const isNumber = (value: Value): value is number => typeof value === 'number';
const isText = (value: Value): value is string => typeof value === 'string';
const isNumberOrNull = (value: Value): value is number | null => value === null || isNumber(value);

/** The names of the columns of each table, in the order of its rows, as far as the file says them. */
function createdColumns(rows: () => Iterable<PageRow>): ReadonlyMap<string, readonly string[]> {
  const columns = new Map<string, readonly string[]>();
  for (const { values } of rows()) {
    const [kind, name, , , sql] = values;
    if (kind !== 'table' || !isText(name) || !isText(sql ?? null)) continue;
    try {
      columns.set(name, columnsOf(String(sql), name));
    } catch {
      // The statement is damaged.
    }
    // The rows that say so are in the first pages.
    if (columns.has(SUMMARY_TABLE.name) && columns.has(PRODUCT_FIGURES_TABLE.name)) break;
  }
  return columns;
}

function columnsOf(create: string, table: string): string[] {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(create);
    return database
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({ name }) => String(name));
  } finally {
    database.close();
  }
}

function takeChain(database: DatabaseSync): Take {
  const insert = database.prepare('INSERT OR REPLACE INTO chain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return ({ rowid, values }) => {
    const [alias, product, expiry, expiry_at, currency, spot, first_ts, last_ts, crc = null] = values;
    if (rowid === null || alias !== null || values.length < 8 || values.length > 9) return false;
    if (!(isText(product) && isText(expiry) && isText(currency))) return false;
    if (!(isNumber(expiry_at) && isNumberOrNull(spot) && isNumber(first_ts) && isNumber(last_ts)))
      return false;
    const row: ChainRow = { product, expiry, expiry_at, currency, spot, first_ts, last_ts };
    if (crc === null || crc === chainChecksum(row)) {
      insert.run(rowid, product, expiry, expiry_at, currency, spot, first_ts, last_ts, chainChecksum(row));
    }
    return true;
  };
}

/** Rows of a table of figures by the names of their columns; its checksum counts figures by name. */
function takeFigures(
  database: DatabaseSync,
  { name, figures, others }: typeof SUMMARY_TABLE,
  given: readonly string[] | undefined,
  key: readonly string[],
  isKey: (key: readonly Value[]) => boolean,
  textOf: (key: readonly Value[]) => string,
): Take {
  const names = given ?? columnsIn(database, name);
  const figuresGiven = names.filter((column) => !others.has(column));
  const checksumThen = createFigureChecksum(figuresGiven);
  const checksumNow = createFigureChecksum(figures);
  const columns = [...key, ...figures, 'crc'];
  const insert = database.prepare(
    `INSERT OR IGNORE INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  return ({ rowid, values }) => {
    if (rowid !== null || values.length <= key.length || values.length > names.length) return false;
    // A row ends where its table did when it was written.
    const of = new Map(names.map((column, i) => [column, values[i] ?? null]));
    const keys = key.map((column) => of.get(column) ?? null);
    if (!isKey(keys)) return false;
    const cells = figuresGiven.map((column) => of.get(column) ?? null);
    if (!cells.every(isNumberOrNull)) return true;
    const numbers = keys.filter(isNumber);
    const crc = of.get('crc') ?? null;
    if (crc !== null && crc !== checksumThen(textOf(keys), numbers, cells)) return true;
    const now = figures.map((column) => of.get(column) ?? null) as (number | null)[];
    insert.run(...keys, ...now, checksumNow(textOf(keys), numbers, now));
    return true;
  };
}

const columnsIn = (database: DatabaseSync, table: string): string[] =>
  database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name));

const takeSummary = (database: DatabaseSync, columns: readonly string[] | undefined): Take =>
  takeFigures(
    database,
    SUMMARY_TABLE,
    columns,
    ['chain', 'ts', 'quotes'],
    (key) => key.every(isNumber),
    () => '',
  );

const takeProductFigures = (database: DatabaseSync, columns: readonly string[] | undefined): Take =>
  takeFigures(
    database,
    PRODUCT_FIGURES_TABLE,
    columns,
    ['product', 'ts', 'as_of', 'progress'],
    ([product, ...numbers]) => isText(product) && numbers.every(isNumber),
    ([product]) => `${product} `,
  );

const NONE = { snapshots: 0, quotes: 0, ticks: 0, bars: 0 } as const;

function takeBar(database: DatabaseSync): Take {
  const put = createBarWriter(database, createTickTable(database));
  return ({ rowid, values }) => {
    const [product, interval, ...rest] = values;
    if (rowid !== null || !STORED_INTERVALS.some((each) => each === interval)) return false;
    const crc = rest.length === 8 ? rest.pop() : null;
    if (rest.length !== 7 || !isText(product) || !isText(interval) || !rest.every(isNumber)) return false;
    const [start, open_at, open, high, low, close_at, close] = rest;
    const prices = { open_at, open, high, low, close_at, close };
    const damaged = rowIsDamaged(
      crc as number | null,
      barTexts(product, interval),
      barNumbers(start, prices),
    );
    const bar: Bar = { product, interval: interval as Bar['interval'], start, ...prices };
    if (!damaged) put([bar], new Map(), { ...NONE });
    return true;
  };
}

function takeTicks(database: DatabaseSync): Take {
  const insert = database.prepare(
    'INSERT INTO tick_block (product, minute, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const decode = tickDecoder();
  const table = createTickTable(database);
  const putBars = createBarWriter(database, table);
  return ({ rowid, values: [product, minute, data, ...rest] }) => {
    if (rowid === null || rest.length > 0 || !isText(product) || !isNumber(minute)) return false;
    if (!(data instanceof Uint8Array)) return false;
    const ticks = decode(product, minute, data);
    if (ticks === null || ticks.length === 0) return true;
    // Another state of the block, which moved from page to page: none of its ticks is lost.
    if (insert.run(product, minute, data).changes === 0) {
      table.put(ticks, { ...NONE }, createImportCounts(database).begin());
    }
    const bar = barOf('1m', minute, ticks);
    if (bar !== null) putBars([bar], new Map(), { ...NONE });
    return true;
  };
}

function tickDecoder(): (product: string, minute: number, data: Uint8Array) => StoredTick[] | null {
  const codec = createTickBlockCodec();
  return (product, minute, data) => {
    try {
      return minute % BLOCK_MS === 0 ? codec.decode(product, minute, data) : null;
    } catch (error) {
      if (error instanceof MalformedBlobError) return null;
      throw error;
    }
  };
}

function ticksIn(database: DatabaseSync): number {
  const decode = tickDecoder();
  let count = 0;
  for (const { product, minute, data } of database.prepare('SELECT * FROM tick_block').iterate()) {
    count += decode(String(product), Number(minute), data as Uint8Array)?.length ?? 0;
  }
  return count;
}

function takeDamagedBlock(database: DatabaseSync): Take {
  const insert = database.prepare('INSERT OR IGNORE INTO damaged_block VALUES (?, ?, ?)');
  return ({ rowid, values: [product, minute, data, ...rest] }) => {
    if (rowid !== null || rest.length > 0 || !isText(product) || !isNumber(minute)) return false;
    if (!(data instanceof Uint8Array)) return false;
    insert.run(product, minute, data);
    return true;
  };
}

const DAYS = 100_000; // Since 1970, for longer than quotes exist.

/** The name of the store, days and counts of imports: rows without a checksum, which are taken as far as they can be. */
function takeSmallRow(database: DatabaseSync): Take {
  const identity = database.prepare('UPDATE identity SET id = ?');
  const day = database.prepare('INSERT OR IGNORE INTO hot VALUES (?, ?)');
  const counts = database.prepare('INSERT OR IGNORE INTO import_count VALUES (?, ?, ?, ?, ?, ?, ?)');
  return ({ rowid, values: [alias, ...rest] }) => {
    if (rowid === null || alias !== null) return false;
    const [first] = rest;
    if (rest.length === 1 && isText(first) && /^[0-9a-f]{32}$/.test(first)) identity.run(first);
    else if (rest.length === 1 && isNumber(first) && rowid > 0 && rowid < DAYS) day.run(rowid, first);
    else if (rest.length === 6 && rest.every((each) => isNumber(each) && each >= 0))
      counts.run(rowid, ...rest);
    else return false;
    return true;
  };
}
