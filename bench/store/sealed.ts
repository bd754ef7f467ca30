import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage, stdout } from 'node:process';
import { column } from '@deltastream/contracts';
import {
  createSqliteMarketStore,
  openSqliteMarketReader,
} from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import type { MarketReader } from '../../packages/server/src/ports/stores/market-store.ts';
import { median } from '../measure/statistics.ts';
import { type RecordedDay, recordedDays } from './recorded-days.ts';

/**
 * Bytes a quote of the same days hot and sealed, and what reading them costs; processor time is that of all threads, so
 * that it is what one core does. Hot and sealed reads are of the same store, before and after.
 */
const RUNS = 5;
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1_000_000 };

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = cpuUsage(since);
  return (user + system) / 1000;
};
const bytesOf = (folder: string, kind: 'hot' | 'day'): number =>
  readdirSync(folder)
    .filter((name) => name.startsWith(kind) && /\.db(-wal)?$/.test(name))
    .reduce((total, name) => total + statSync(join(folder, name)).size, 0);

/** Every expiry of every product: its snapshots in order. */
async function replay(reader: MarketReader, day: RecordedDay): Promise<number> {
  const keys = new Set(day.chains.map(({ product, expiry }) => `${product} ${expiry}`));
  const begun = cpuUsage();
  for (const key of keys) {
    const [product, expiry] = key.split(' ');
    for await (const chain of reader.snapshots(product, expiry, ALL)) column(chain.columns, 'strike');
  }
  return cpuMs(begun);
}

/** Milliseconds of one contract at every snapshot of a chain, and of the first chain that a new reader is asked for. */
async function reads(folder: string, { chains }: RecordedDay): Promise<{ contract: number; asOf: number }> {
  const { product, expiry } = chains[0];
  const times = chains.filter((chain) => chain.product === product && chain.expiry === expiry);
  const [day] = [Math.floor(times[0].timestamp / 86_400_000)];
  const ofDay = times.map(({ timestamp }) => timestamp).filter((at) => Math.floor(at / 86_400_000) === day);
  const results: { contract: number; asOf: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const reader = await openSqliteMarketReader(folder);
    let begun = performance.now();
    await reader.asOf(product, expiry, ofDay[Math.floor(ofDay.length / 2)]);
    const asOf = performance.now() - begun;
    begun = performance.now();
    for await (const chain of reader.snapshotsAt(product, expiry, ofDay, 'call_iv'))
      column(chain.columns, 'call_iv');
    results.push({ asOf, contract: performance.now() - begun });
    await reader.close();
  }
  return {
    asOf: median(results.map(({ asOf }) => asOf)),
    contract: median(results.map(({ contract }) => contract)),
  };
}

async function measure(day: RecordedDay): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-sealed-'));
  const store = await createSqliteMarketStore({ folder, sealPercent: 100, sealAfter: 0 });
  for (let i = 0; i < day.chains.length; i += 50) await store.putSnapshots(day.chains.slice(i, i + 50));
  const { snapshots, quotes } = await store.counts();
  await store.close();
  const hotBytes = bytesOf(folder, 'hot');
  const again = await createSqliteMarketStore({ folder, sealPercent: 100, sealAfter: 0 });
  const replays = async () => {
    const all: number[] = [];
    for (let run = 0; run < RUNS; run++) all.push(await replay(again, day));
    return median(all);
  };
  const hotMs = await replays();
  const hot = await reads(folder, day);
  const begun = cpuUsage();
  await again.sealAll();
  const sealMs = cpuMs(begun);
  const sealedMs = await replays();
  const sealed = await reads(folder, day);
  const sealedBytes = bytesOf(folder, 'day');
  await again.close();
  rmSync(folder, { recursive: true });
  const millions = (ms: number) => `${(quotes / ms / 1000).toFixed(2)}M`;
  const pair = (one: number, other: number) => `${one.toFixed(1)} / ${other.toFixed(1)}`;
  const cells = [
    day.name,
    `${snapshots.toLocaleString('en')} x ${Math.round(quotes / snapshots)}`,
    pair(hotBytes / quotes, sealedBytes / quotes),
    millions(sealMs),
    `${millions(hotMs)} / ${millions(sealedMs)}`,
    pair(hot.contract, sealed.contract),
    pair(hot.asOf, sealed.asOf),
  ];
  return `| ${cells.join(' | ')} |`;
}

const rows: string[] = [];
for (const day of await recordedDays()) rows.push(await measure(day));
stdout.write(
  [
    'Sealed days beside the same days hot (each column hot / sealed; medians of ' +
      `${RUNS}; sealing and replay by processor time of all threads, so per core):`,
    '',
    '| day | snapshots x quotes | bytes a quote | sealing, quotes/s | replay, quotes/s | a contract over its day, ms | first chain as of an instant, ms |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n'),
);
