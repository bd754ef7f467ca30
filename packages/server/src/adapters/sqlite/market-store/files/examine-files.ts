import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createChainHeadCodec, createSegmentCodec } from '@deltastream/contracts/codec';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { createFigureBlockCodec } from '../../../../codec/figure-block.ts';
import { createTickBlockCodec } from '../../../../codec/tick-block.ts';
import { reasonOf } from '../../../../kit/errors.ts';
import type { Finding } from '../../../../kit/health/finding.ts';
import type { FileSchema } from '../../file-schema.ts';
import { SQLITE_STORE } from '../../settings.ts';
import { barNumbers, barTexts } from '../main/bar-writer.ts';
import { createFigureChecksum } from '../main/figure-columns.ts';
import { rowIsDamaged } from '../main/row-checksum.ts';
import { chainChecksum } from '../main/summary-writer.ts';
import { seriesIsDamaged } from '../rollups/rollup-series.ts';
import { segmentsChecksum } from '../sealing/day-target.ts';
import { dayOfDayFile, dayOfHotFile, mainFile } from './files.ts';
import { DAY_SCHEMA, HOT_SCHEMA, MAIN_SCHEMA } from './schemas.ts';
import { openStoreFileToRead } from './store-file.ts';

export interface Examination {
  /** Every row, instead of some `sampleRows` of each table, spread over it. */
  readonly complete: boolean;
  readonly sampleRows?: number;
  readonly busyTimeoutMs?: number;
  /** Told of every damaged row, of which a finding names the first, and what it held. */
  readonly onDamage?: (file: string, what: string) => void;
  /** Called after so many rows that a person who waits should be told. */
  readonly onRows?: (file: string) => void;
}

const DEFAULTS = {
  sampleRows: 1000,
  busyTimeoutMs: SQLITE_STORE.defaults.busyTimeoutMs,
  onDamage: () => undefined,
  onRows: () => undefined,
} as const;
const ROWS_TOLD = 1000; // A fraction of a second of them.

type Row = Record<string, unknown>;

/** How the rows of a table are looked at: what is wrong with one, or null. */
interface Look {
  readonly table: string;
  readonly columns: string;
  problem(row: Row): string | null;
}

/**
 * Looks inside every file of a folder of the store: the structure as SQLite checks it, then the checksums of
 * rows and blobs. The store may be at work meanwhile.
 */
export function examineMarketFiles(folder: string, examination: Examination): Finding[] {
  const settings = { ...DEFAULTS, ...examination };
  const names = readdirSync(folder).sort();
  const findings: Finding[] = [];
  const dayFiles = names.filter((name) => dayOfHotFile(name) !== null || dayOfDayFile(name) !== null);
  const look = (name: string, schema: FileSchema, looks: readonly Look[]) =>
    findings.push({
      part: basename(folder),
      check: name,
      ...examine(join(folder, name), schema, looks, settings),
    });
  if (existsSync(mainFile(folder))) look('main.db', MAIN_SCHEMA, mainLooks());
  else if (dayFiles.length > 0) {
    const detail =
      'it is missing: the figures of every snapshot are computed from the day files at the next start; ' +
      'ticks and bars were nowhere else: restore it from a backup, or import the recordings again';
    findings.push({ part: basename(folder), check: 'main.db', ok: false, detail });
  }
  for (const name of dayFiles) {
    if (dayOfHotFile(name) !== null) look(name, HOT_SCHEMA, [snapshotLook()]);
    else look(name, DAY_SCHEMA, [segmentLook(), manifestLook()]);
  }
  for (const name of names.filter((each) => each.includes('.damaged-') && !/-(wal|shm)$/.test(each))) {
    const detail =
      'renamed because it was damaged: import its day again, or recover what is in it; then remove it';
    findings.push({ part: basename(folder), check: name, ok: false, detail });
  }
  return findings;
}

function examine(
  file: string,
  schema: FileSchema,
  looks: readonly Look[],
  settings: Required<Examination>,
): Pick<Finding, 'ok' | 'detail'> {
  let opened: ReturnType<typeof openStoreFileToRead> = null;
  try {
    opened = openStoreFileToRead(file, schema, settings.busyTimeoutMs);
    if (opened === null) return { ok: true, detail: 'empty' };
    const { database } = opened;
    const [structure] = database.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (structure?.quick_check !== 'ok') {
      // What of it can still be read is looked at, so that what is damaged is known by its name.
      if (settings.complete) for (const each of looks) lookAtRest(database, each, basename(file), settings);
      return {
        ok: false,
        detail: `${structure?.quick_check}; restore it from a backup, or import its recordings again`,
      };
    }
    const counts: string[] = [];
    for (const each of looks) {
      const { looked, damaged, first } = lookAt(database, each, basename(file), settings);
      if (first !== null) {
        const detail = `${damaged} of ${looked} rows of ${each.table} are damaged, the first: ${first}; import them again`;
        return { ok: false, detail };
      }
      counts.push(`${looked} ${each.table}`);
    }
    return { ok: true, detail: `sound; looked at rows: ${counts.join(', ')}` };
  } catch (error) {
    return { ok: false, detail: reasonOf(error) };
  } finally {
    opened?.database.close();
  }
}

function lookAtRest(database: DatabaseSync, look: Look, name: string, settings: Required<Examination>): void {
  try {
    lookAt(database, look, name, settings);
  } catch (error) {
    settings.onDamage(name, `rows of ${look.table} cannot all be read: ${reasonOf(error)}`);
  }
}

function lookAt(
  database: DatabaseSync,
  { table, columns, problem }: Look,
  name: string,
  { complete, sampleRows, onDamage, onRows }: Required<Examination>,
): { looked: number; damaged: number; first: string | null } {
  const present = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as {
    name: string;
  }[];
  const has = new Set(present.map(({ name }) => name));
  // A file of an older version lacks tables, and has no checksums of rows.
  if (has.size === 0) return { looked: 0, damaged: 0, first: null };
  if (columns.split(', ').includes('crc') && !has.has('crc')) return { looked: 0, damaged: 0, first: null };
  const count = Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
  const step = complete ? 1 : Math.max(1, Math.ceil(count / sampleRows));
  const rows = database.prepare(
    `SELECT * FROM (SELECT ${columns}, row_number() OVER () AS number FROM ${table}) WHERE number % ${step} = 0`,
  );
  let looked = 0;
  let damaged = 0;
  let first: string | null = null;
  for (const row of rows.iterate() as Iterable<Row>) {
    looked++;
    if (looked % ROWS_TOLD === 0) onRows(name);
    const found = problem(row);
    if (found === null) continue;
    damaged++;
    onDamage(name, `${table} of ${found}`);
    first ??= found;
  }
  return { looked, damaged, first };
}

const time = (epochMs: unknown) => new Date(Number(epochMs)).toISOString();

function snapshotLook(): Look {
  const codec = createChainBlobCodec();
  return {
    table: 'snap',
    columns:
      'ts, data, (SELECT product FROM chain WHERE id = snap.chain) AS product, (SELECT expiry FROM chain WHERE id = snap.chain) AS expiry',
    problem({ ts, data, product, expiry }) {
      const what = `${product} ${expiry} at ${time(ts)}`;
      try {
        const chain = codec.decode(data as Uint8Array);
        const fits = chain.product === product && chain.expiry === expiry && chain.timestamp === ts;
        return fits ? null : `${what}: another lies in its place`;
      } catch (error) {
        return `${what}: ${reasonOf(error)}`;
      }
    },
  };
}

function segmentLook(): Look {
  const codec = createSegmentCodec();
  return {
    table: 'seg',
    columns:
      'first_ts, last_ts, snapshots, data, (SELECT product FROM chain WHERE id = seg.chain) AS product, (SELECT expiry FROM chain WHERE id = seg.chain) AS expiry',
    problem({ first_ts, last_ts, snapshots, data, product, expiry }) {
      const what = `${product} ${expiry} from ${time(first_ts)} to ${time(last_ts)}`;
      try {
        const { timestamps, blob } = codec.open(data as Uint8Array);
        const { chain } = createChainHeadCodec().decode(blob(0));
        const fits =
          timestamps.length === snapshots &&
          timestamps[0] === first_ts &&
          timestamps.at(-1) === last_ts &&
          chain.product === product &&
          chain.expiry === expiry;
        return fits ? null : `${what}: other snapshots lie in its place`;
      } catch (error) {
        return `${what}: ${reasonOf(error)}`;
      }
    },
  };
}

/** That the segments are there which the file was written with. */
function manifestLook(): Look {
  return {
    table: 'manifest',
    columns: `segments, checksum, (SELECT count(*) FROM seg) AS held,
      (SELECT group_concat(hex(substr(data, 2, 4)), '') FROM (SELECT data FROM seg ORDER BY id)) AS checksums`,
    problem({ segments, checksum, held, checksums }) {
      if (segments !== held) return `${segments} segments were written, and ${held} are there`;
      const sum = segmentsChecksum(Buffer.from(String(checksums ?? ''), 'hex'));
      return sum === checksum ? null : 'a segment is another than the one that was written';
    },
  };
}

function mainLooks(): Look[] {
  const blocks = createTickBlockCodec();
  const figureBlocks = createFigureBlockCodec();
  let summaryChecksum: ReturnType<typeof createFigureChecksum> | undefined;
  let productChecksum: ReturnType<typeof createFigureChecksum> | undefined;
  return [
    {
      table: 'chain',
      columns: 'product, expiry, expiry_at, currency, spot, first_ts, last_ts, crc',
      problem: (row) =>
        row.crc === null || row.crc === chainChecksum(row as unknown as Parameters<typeof chainChecksum>[0])
          ? null
          : `${row.product} ${row.expiry}`,
    },
    {
      table: 'summary',
      columns: '*',
      problem: ({ chain, ts, quotes, number: _, crc = null, ...figures }) => {
        if (crc === null) return null;
        summaryChecksum ??= createFigureChecksum(Object.keys(figures));
        const key = [chain, ts, quotes].map(Number);
        const checksum = summaryChecksum('', key, Object.values(figures) as (number | null)[]);
        return crc === checksum ? null : `chain ${chain} at ${time(ts)}`;
      },
    },
    {
      table: 'product_figures',
      columns: '*',
      problem: ({ product, ts, as_of, progress, number: _, crc, ...figures }) => {
        productChecksum ??= createFigureChecksum(Object.keys(figures));
        const key = [ts, as_of, progress].map(Number);
        const checksum = productChecksum(`${product} `, key, Object.values(figures) as (number | null)[]);
        return crc === checksum ? null : `${product} at ${time(ts)}`;
      },
    },
    ...['rollup_minutes', 'rollup_quarters'].map(
      (table): Look => ({
        table,
        columns: 'series, hour, data',
        problem({ series, hour, data }) {
          try {
            const block = figureBlocks.open(String(series), Number(hour), data as Uint8Array);
            for (const id of block.ids()) block.column(id);
            return null;
          } catch (error) {
            return `${series} at ${time(hour)}: ${reasonOf(error)}`;
          }
        },
      }),
    ),
    {
      table: 'rollup_series',
      columns: 'series, rolled_to, raw_from, swept_to, minutes_from, crc',
      problem: (row) =>
        seriesIsDamaged(row as unknown as Parameters<typeof seriesIsDamaged>[0]) ? String(row.series) : null,
    },
    {
      table: 'bar',
      columns: 'product, interval, start, open_at, open, high, low, close_at, close, crc',
      problem: (row) => {
        const numbers = barNumbers(Number(row.start), row as unknown as Parameters<typeof barNumbers>[1]);
        return rowIsDamaged(
          row.crc as number | null,
          barTexts(String(row.product), String(row.interval)),
          numbers,
        )
          ? `${row.product} ${row.interval} at ${time(row.start)}`
          : null;
      },
    },
    {
      table: 'tick_block',
      columns: 'product, minute, data',
      problem({ product, minute, data }) {
        try {
          const ticks = blocks.decode(String(product), Number(minute), data as Uint8Array);
          const ascend = ticks.every(({ timestamp }, i) => i === 0 || timestamp > ticks[i - 1].timestamp);
          return ascend ? null : `${product} in the minute ${time(minute)}: its ticks do not ascend in time`;
        } catch (error) {
          return `${product} in the minute ${time(minute)}: ${reasonOf(error)}`;
        }
      },
    },
  ];
}
