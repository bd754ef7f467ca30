import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { EXPORT_FORMATS, type ExportOrder, isoTime, RAW_COLUMNS } from '@deltastream/contracts';
import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import { openRecording } from '../../packages/recordings/src/index.ts';
import { createMemoryBus } from '../../packages/server/src/adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../../packages/server/src/adapters/memory/cache/cache-memory.ts';
import { createMemoryQueue } from '../../packages/server/src/adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { silentLogger } from '../../packages/server/src/kit/logging/log.ts';
import { systemClock } from '../../packages/server/src/ports/clock.ts';
import type { MarketStore } from '../../packages/server/src/ports/stores/market/market-store.ts';
import { createEnricher } from '../../packages/server/src/services/enricher/service.ts';
import { createEncodingThread } from '../../packages/server/src/services/operations/exports/encoding-thread.ts';
import { writeExport } from '../../packages/server/src/services/operations/exports/write-export.ts';
import { importRecording } from '../../packages/server/src/services/operations/imports/import-recording.ts';
import { createStorage } from '../../packages/server/src/services/storage/service.ts';
import { median } from '../measure/statistics.ts';
import { createMarket } from '../store/market.ts';

const ROUNDS = 3;
const MINUTES = 375;
const SHAPE = { products: 1, expiries: 5, strikes: 100, variants: 375, seed: 11 };
const OPENING = Date.UTC(2026, 10, 26, 3, 45);
const ORDER = { kind: 'chains', product: 'P0', from: isoTime(OPENING), to: '2026-11-27T00:00:00Z' } as const;
const CLI = new URL('../../packages/server/bin/deltastream.mjs', import.meta.url).pathname;
const never = new AbortController().signal;
// As the command line does: without it the thread of an export would load the TypeScript transform first.
env.NODE_COMPILE_CACHE ??= new URL('../../node_modules/.cache/deltastream', import.meta.url).pathname;

/**
 * A session of one product by the minute, out of a store as each format and back in, beside reading the same rows
 * out of SQLite and Parquet alone. Rows are contracts.
 */
async function measureExports(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-exports-'));
  const store = await createSqliteMarketStore({ folder: join(folder, 'recorded'), synchronous: 'normal' });
  const market = createMarket(SHAPE, OPENING, 60_000);
  for (let minute = 0; minute < MINUTES; minute++) await store.putSnapshots(market.at(minute));
  const file = (format: string) => join(folder, `day.${format}`);
  const rows = (await exported(store, { ...ORDER, format: 'parquet' }, file('parquet'))).rows;
  const lines: string[] = [];
  const add = async (what: string, work: () => Promise<unknown>, also = '') => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      await work();
      times.push(performance.now() - begun);
    }
    lines.push(`| ${what} | ${Math.round((rows / median(times)) * 1000).toLocaleString('en')} | ${also} |`);
  };

  await add('reading SQLite alone', () => readStore(store));
  await add('reading Parquet alone, all columns', () => readParquet(file('parquet')));
  for (const format of EXPORT_FORMATS) {
    const { bytes } = await exported(store, { ...ORDER, format }, file(format));
    const peak = await peakOfExport(folder, format);
    const also = `${(bytes / rows).toFixed(1)} bytes a row; peak RSS of \`deltastream export\` ${peak} MB`;
    await add(`export as ${format}`, () => exported(store, { ...ORDER, format }, file(format)), also);
  }
  for (const format of ['parquet', 'csv'] as const) {
    await add(`reading the export as ${format}`, () => readRecording(file(format)));
    const same = await imported(folder, file(format), store);
    const also = `${same} of ${SHAPE.expiries * MINUTES} chains have the same quotes to the last bit`;
    await add(
      `import of it into an empty store: ${format}`,
      () => imported(folder, file(format), null),
      also,
    );
  }
  await store.close();
  rmSync(folder, { recursive: true });
  return [
    `A session of ${rows.toLocaleString('en')} rows of contracts: ${SHAPE.expiries} expiries of ${SHAPE.strikes} strikes, ` +
      `${MINUTES} minutes; medians of ${ROUNDS}.`,
    '',
    '| | rows/s | |',
    '|---|---:|---|',
    ...lines,
  ].join('\n');
}

async function exported(store: MarketStore, order: ExportOrder, path: string) {
  const encoder = createEncodingThread();
  try {
    return await writeExport({ store, encoder }, order, path, async () => {}, never);
  } finally {
    await encoder.close();
  }
}

async function readStore(store: MarketStore): Promise<void> {
  for (const { expiry } of await store.expiries(ORDER.product)) {
    const range = { fromMs: 0, toMs: 8.64e15, limit: Number.MAX_SAFE_INTEGER };
    for await (const _ of store.snapshots(ORDER.product, expiry, range));
  }
}

async function readParquet(path: string): Promise<void> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const metadata = await parquetMetadataAsync({
    byteLength: file.byteLength,
    slice: (a, b) => file.slice(a, b),
  });
  const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
  await parquetRead({ file, metadata, compressors, onChunk: () => undefined });
}

async function readRecording(path: string): Promise<void> {
  for await (const _ of await openRecording(path));
}

/** Imports with the figures computed anew; counts the chains whose quotes are those of the origin, where there is one. */
async function imported(folder: string, path: string, origin: MarketStore | null): Promise<number> {
  const target = mkdtempSync(join(folder, 'import-'));
  const [bus, queue, cache, logger] = [
    createMemoryBus(),
    createMemoryQueue(),
    createMemoryCache(),
    silentLogger,
  ];
  const store = await createSqliteMarketStore({ folder: target, synchronous: 'normal' });
  const services = [
    createStorage({ bus, store, cache, clock: systemClock, logger }),
    createEnricher({ bus, queue, logger }, { rate: 0 }),
  ];
  for (const service of services) await service.start();
  const ports = { bus, store, logger, open: () => openRecording(path), stamp: { generation: 1 } };
  await importRecording(ports, async () => {}, never);
  const same = origin === null ? 0 : await equalChains(origin, store);
  for (const service of services) await service.stop();
  await Promise.all([bus.close(), queue.close(), cache.close(), store.close()]);
  return same;
}

async function equalChains(before: MarketStore, after: MarketStore): Promise<number> {
  const range = { fromMs: 0, toMs: 8.64e15, limit: Number.MAX_SAFE_INTEGER };
  let same = 0;
  for (const { expiry } of await before.expiries(ORDER.product)) {
    const others = after.snapshots(ORDER.product, expiry, range)[Symbol.asyncIterator]();
    for await (const chain of before.snapshots(ORDER.product, expiry, range)) {
      const { value: other } = await others.next();
      // The market's figures are of another instant than its timestamps, so quotes alone are compared.
      const [quotes, again] = [chain, other].map((each) =>
        each?.columns.values.subarray(0, RAW_COLUMNS.length * each.columns.count),
      );
      if (chain.timestamp === other?.timestamp && isDeepStrictEqual(quotes, again)) same += 1;
    }
  }
  return same;
}

/** Of a process of its own, in megabytes; null where the system does not say it. */
async function peakOfExport(data: string, format: string): Promise<number | null> {
  const { from, to, kind } = ORDER;
  const flags = Object.entries({ source: 'none', data, kind, from, to, format }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const child = spawn(execPath, ['--max-semi-space-size=8', CLI, 'export', ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  let peak: number | null = null;
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      if (kilobytes !== undefined) peak = Math.round(Number(kilobytes) / 1024);
    } catch {
      // It is gone.
    }
    await sleep(10);
  }
  const [code] = await exited;
  if (code !== 0) throw new Error(`deltastream export ended with ${code}`);
  return peak;
}

stdout.write(`${await measureExports()}\n`);
