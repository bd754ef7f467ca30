import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import {
  EXPORTED_TABLES,
  type ExportFormat,
  type ExportOrder,
  isoTime,
  toChainView,
} from '@deltastream/contracts';
import { tableFromIPC } from '@uwdata/flechette';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { TRANSFERS } from '../transfers/transfer-settings.ts';
import { createEncodingThread, type EncodingThread } from './encoding-thread.ts';
import { exportFolder } from './export-folder.ts';
import { createExportedMarket, EXPIRIES, FROM, marketAt } from './exported-market.fixture.ts';
import { exportBytes, writeExport } from './write-export.ts';

const STEPS = 150;
const STRIKES = 100;
const TO = '2026-08-20T00:00:00Z';
const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
type Cell = number | string | null;

/** A file of Parquet, and the bytes of it that were read. */
async function counted(path: string) {
  const handle = await open(path);
  const { size } = await stat(path);
  let read = 0;
  return {
    size,
    read: () => read,
    close: () => handle.close(),
    byteLength: size,
    async slice(from: number, to = size) {
      const target = new Uint8Array(to - from);
      read += target.length;
      await handle.read(target, 0, target.length, from);
      return target.buffer;
    },
  };
}

/** What a cell is in the API: an instant as ISO text, a date as its day, what is missing null. */
function shown(value: unknown, type: string): Cell {
  if (value === null || value === undefined || value === '') return null;
  if (type === 'instant')
    return value instanceof Date
      ? value.toISOString()
      : typeof value === 'number'
        ? isoTime(value)
        : (value as string);
  if (type === 'date')
    return value instanceof Date
      ? value.toISOString().slice(0, 10)
      : typeof value === 'number'
        ? isoTime(value).slice(0, 10)
        : (value as string);
  return type === 'text' ? (value as string) : Number(value);
}

async function rowsOf(path: string, { kind, format = 'csv' }: ExportOrder): Promise<Record<string, Cell>[]> {
  const columns = EXPORTED_TABLES[kind];
  const byName = (row: Record<string, unknown>) =>
    Object.fromEntries(columns.map(({ name, type }) => [name, shown(row[name], type)]));
  if (format === 'parquet') {
    const file = await counted(path);
    const rows = await parquetReadObjects({ file, compressors });
    await file.close();
    return rows.map(byName);
  }
  if (format === 'arrow') {
    return tableFromIPC(readFileSync(path))
      .toArray()
      .map((row: unknown) => byName(row as Record<string, unknown>));
  }
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\r\n');
  expect(header).toBe(columns.map(({ name }) => name).join(','));
  return lines.map((line) => {
    const cells = csvRow(line);
    return byName(Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]])));
  });
}

/** Cells of a line; those in quotes may hold commas and doubled quotes. */
const csvRow = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
  );

const key = (row: Record<string, Cell>) =>
  [row.timestamp, row.expiry, Number(row.strike) + 1e6, row.side].join(' ');

describe('exports', () => {
  let folder: string;
  let store: MarketStore;
  let encoder: EncodingThread;
  const never = new AbortController().signal;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'exports-'));
    store = await createExportedMarket(join(folder, 'store'), STEPS, STRIKES);
    encoder = createEncodingThread();
  });
  afterAll(async () => {
    await encoder.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const orderOf = (given: Partial<ExportOrder>): ExportOrder => ({
    kind: 'chains',
    product: 'NIFTY',
    from: FROM,
    to: TO,
    ...given,
  });
  const write = async (order: ExportOrder, limits = TRANSFERS.defaults) => {
    const path = join(folder, `written.${order.format ?? 'csv'}`);
    const progress = await writeExport({ store, encoder }, order, path, async () => {}, never, limits);
    return { path, progress };
  };

  it.each(['csv', 'parquet', 'arrow'] as const)(
    'of chains as %s hold the cells that the API shows',
    async (format) => {
      const order = orderOf({ format });
      // Several slices, so that they are joined.
      const { path, progress } = await write(order, { ...TRANSFERS.defaults, exportSliceBytes: 200_000 });
      const expected = new Map<string, Record<string, unknown>>();
      for (let step = 0; step < STEPS; step++) {
        for (const chain of marketAt(step, STRIKES)) {
          const view = toChainView(chain);
          for (const [i, strike] of view.strikes.entries()) {
            for (const side of ['call', 'put'] as const) {
              const contract = side === 'call' ? view.calls[i] : view.puts[i];
              if (contract === null) continue;
              const { quality, ...own } = view;
              const row = {
                ...own,
                ...contract,
                side,
                strike,
                future: chain.future,
                quality: quality.join(' ') || null,
              };
              expected.set(key(row as never), row);
            }
          }
        }
      }
      const rows = await rowsOf(path, order);
      expect(rows).toHaveLength(progress.rows);
      expect(progress.timestamp).toBe(isoTime(Date.parse('2026-08-19T12:00:00Z') + (STEPS - 1) * 60_000));
      let listed = 0;
      for (const row of rows) {
        const view = expected.get(key(row));
        if (view === undefined) {
          // Of what is not listed, what is given, or the strike alone.
          expect([row.price, row.volume, row.open_interest]).toEqual([null, null, null]);
          continue;
        }
        listed += 1;
        for (const { name } of EXPORTED_TABLES.chains) {
          if (row[name] !== view[name])
            expect({ key: key(row), name, cell: row[name] }).toEqual({
              key: key(row),
              name,
              cell: view[name],
            });
        }
      }
      expect(listed).toBe(expected.size);
      // Every strike of every snapshot is there.
      expect(new Set(rows.map((row) => [row.timestamp, row.expiry, row.strike].join())).size).toBe(
        STEPS * EXPIRIES.length * STRIKES,
      );
    },
  );

  it.each([
    ['ticks', 5],
    ['bars', 5],
    ['summaries', STEPS * EXPIRIES.length],
  ] as const)('of %s are the same in every format', async (kind, count) => {
    const tables = [];
    for (const format of ['csv', 'parquet', 'arrow'] satisfies ExportFormat[]) {
      const order = orderOf({ kind, format });
      tables.push(await rowsOf((await write(order)).path, order));
    }
    expect(tables[0]).toHaveLength(count);
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]).toEqual(tables[0]);
    if (kind !== 'summaries') return;
    const [point] = await store.summaries('NIFTY', EXPIRIES[0], { fromMs: 0, toMs: 8.64e15, limit: 1 });
    expect(tables[0][0]).toEqual({
      ...point,
      timestamp: isoTime(point.timestamp),
      product: 'NIFTY',
      expiry: EXPIRIES[0],
    });
  });

  it.each(['csv', 'parquet', 'arrow'] as const)('of nothing are complete files as %s', async (format) => {
    const order = orderOf({ kind: 'ticks', format, to: '2026-08-19T00:00:01Z' });
    const { path, progress } = await write(order);
    expect(progress.rows).toBe(0);
    expect(await rowsOf(path, order)).toEqual([]);
  });

  it('as Parquet give one contract for less than a twentieth of their bytes', async () => {
    const { path } = await write(orderOf({ format: 'parquet' }));
    const file = await counted(path);
    const metadata = await parquetMetadataAsync(file, { initialFetchSize: 4_096 });
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      filter: { expiry: { $eq: new Date(EXPIRIES[1]) }, strike: { $eq: 25_000 }, side: { $eq: 'put' } },
    });
    await file.close();
    const quoted = Array.from({ length: STEPS }, (_, step) => toChainView(marketAt(step, STRIKES)[1])).filter(
      ({ strikes, puts }) => puts[strikes.indexOf(25_000)] !== null,
    );
    expect(rows.map(({ timestamp }) => timestamp.toISOString())).toEqual(
      quoted.map(({ timestamp }) => timestamp),
    );
    expect(file.read() / file.size).toBeLessThan(0.05);
  });

  it('leave what was there when they are stopped or fail, and no part', async () => {
    const target = join(folder, 'stopped');
    mkdirSync(target);
    const path = join(target, 'NIFTY.parquet');
    writeFileSync(path, 'before');
    const stopping = new AbortController();
    const small = { ...TRANSFERS.defaults, exportSliceBytes: 50_000, reportMs: 1 };
    const order = orderOf({ format: 'parquet' });
    const stopped = writeExport(
      { store, encoder },
      order,
      path,
      async () => stopping.abort(),
      stopping.signal,
      small,
    );
    await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
    let reads = 0;
    const failing: MarketStore = {
      ...store,
      async *snapshots(...asked) {
        if (++reads === 5) throw new Error('the store is away');
        yield* store.snapshots(...asked);
      },
    };
    const failed = writeExport({ store: failing, encoder }, order, path, async () => {}, never, small);
    await expect(failed).rejects.toThrow('the store is away');
    expect(readdirSync(target)).toEqual(['NIFTY.parquet']);
    expect(readFileSync(path, 'utf8')).toBe('before');
    // The next one has a thread again.
    expect((await write(order)).progress.rows).toBeGreaterThan(0);
  });

  it('read no more than is taken', async () => {
    let chains = 0;
    const watched: MarketStore = {
      ...store,
      async *snapshots(...asked) {
        for await (const chain of store.snapshots(...asked)) {
          chains += 1;
          yield chain;
        }
      },
    };
    const small = { ...TRANSFERS.defaults, exportSliceBytes: 20_000 };
    const bytes = exportBytes({ store: watched, encoder }, orderOf({}), never, undefined, small);
    await bytes.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(chains).toBeGreaterThan(0);
    // Of three hundred: the slice that is encoded and the next one.
    expect(chains).toBeLessThan(60);
    await bytes.return(undefined);
  });

  it('into a folder are files by product and day', async () => {
    const target = join(folder, 'lake');
    const written: string[] = [];
    for (const kind of ['chains', 'bars'] as const) {
      await exportFolder(
        { store, encoder },
        orderOf({ kind, format: 'parquet', from: '2020-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z' }),
        target,
        (path) => written.push(path.slice(target.length + 1)),
        never,
      );
    }
    expect(written).toEqual([
      'chains/product=NIFTY/date=2026-08-19/NIFTY_chains_2026-08-19.parquet',
      'bars/product=NIFTY/date=2026-08-19/NIFTY_bars_1m_2026-08-19.parquet',
    ]);
    expect(await rowsOf(join(target, written[1]), orderOf({ kind: 'bars', format: 'parquet' }))).toHaveLength(
      5,
    );
    const unheard = orderOf({ product: 'UNHEARD', format: 'parquet' });
    await expect(exportFolder({ store, encoder }, unheard, target, () => {}, never)).rejects.toMatchObject({
      code: 'unknown_product',
    });
  });
});
