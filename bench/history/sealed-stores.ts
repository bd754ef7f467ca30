import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { median } from '../measure/statistics.ts';
import { type RecordedDay, recordedDays } from './recorded-days.ts';

export const ROUNDS = 5;

/** The same days in two stores, one of which has sealed them. */
export interface StoredDay extends RecordedDay {
  readonly hot: string;
  readonly sealed: string;
  readonly quotes: number;
  /** Instants of the snapshots of the first expiry on its first UTC day; ascending. */
  readonly instants: readonly number[];
  /** Processor time of all threads. */
  readonly sealMs: number;
}

/** Stores each day in a temporary folder, hot and sealed, for as long as `use` runs. */
export async function withStoredDays(use: (day: StoredDay) => Promise<void>): Promise<void> {
  for (const day of await recordedDays()) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-history-'));
    try {
      const [hot, sealed] = [join(folder, 'hot'), join(folder, 'sealed')];
      for (const each of [hot, sealed]) {
        const store = await createSqliteMarketStore({ folder: each, sealAfter: 0 });
        for (let i = 0; i < day.chains.length; i += 50) await store.putSnapshots(day.chains.slice(i, i + 50));
        await store.close();
      }
      const store = await createSqliteMarketStore({ folder: sealed, sealPercent: 100, sealAfter: 0 });
      const begun = cpuUsage();
      await store.sealAll();
      const sealMs = cpuMs(begun);
      const { quotes } = await store.counts();
      await store.close();
      await use({ ...day, hot, sealed, quotes, sealMs, instants: instantsOf(day) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** Milliseconds of all threads of this process. */
export const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = cpuUsage(since);
  return (user + system) / 1000;
};

/** Bytes of the files whose names begin so, logs included. */
export const bytesOf = (folder: string, prefix: string): number =>
  readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .reduce((total, name) => total + statSync(join(folder, name)).size, 0);

/** The median of what `round` gives; the first, which warm up, are not counted. */
export async function medianOf(round: () => Promise<number> | number, warming = 1): Promise<number> {
  const all: number[] = [];
  for (let i = -warming; i < ROUNDS; i++) {
    const figure = await round();
    if (i >= 0) all.push(figure);
  }
  return median(all);
}

export async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function instantsOf({ chains }: RecordedDay): number[] {
  const [{ product, expiry, timestamp }] = chains;
  const dayOf = (at: number) => Math.floor(at / 86_400_000);
  return chains
    .filter((chain) => chain.product === product && chain.expiry === expiry)
    .map((chain) => chain.timestamp)
    .filter((at) => dayOf(at) === dayOf(timestamp))
    .sort((a, b) => a - b);
}
