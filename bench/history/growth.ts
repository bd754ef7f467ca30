import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { examineMarketFiles } from '../../packages/server/src/adapters/sqlite/market-store/files/examine-files.ts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { quantile } from '../measure/statistics.ts';
import { DAY_MS, EXPIRY, MINUTE_MS, sessionChains } from './sessions.ts';

/** A snapshot each quarter of an hour, instead of some seconds: what grows with their number shows by that of days. */
const STEP_MS = 15 * MINUTE_MS;
const STRIKES = 10;
const READS = 30;
const SIZES = [
  { sessions: 1, products: 100 },
  { sessions: 10, products: 100 },
  { sessions: 100, products: 100 },
  { sessions: 10, products: 10 },
  { sessions: 10, products: 1000 },
] as const;

async function median(work: (i: number) => Promise<unknown>): Promise<number> {
  const waits: number[] = [];
  for (let i = -3; i < READS; i++) {
    const begun = performance.now();
    await work(i);
    if (i >= 0) waits.push(performance.now() - begun);
  }
  return quantile(waits, 0.5);
}

async function measured(sessions: number, products: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-growth-'));
  const names = Array.from({ length: products }, (_, i) => `P${i}`);
  try {
    const filling = await createSqliteMarketStore({
      folder,
      synchronous: 'normal',
      checkpointBytes: 67_108_864,
    });
    let puts: Promise<void>[] = [];
    let lastMs = 0;
    let rate = 0;
    let begun = performance.now();
    let put = 0;
    for (const chains of sessionChains({ products: names, sessions, strikes: STRIKES, stepMs: STEP_MS })) {
      if (Math.floor(chains[0].timestamp / DAY_MS) > Math.floor(lastMs / DAY_MS)) {
        begun = performance.now();
        put = 0;
      }
      lastMs = chains[0].timestamp;
      for (let i = 0; i < chains.length; i += 50) puts.push(filling.putSnapshots(chains.slice(i, i + 50)));
      put += chains.length;
      if (puts.length < 20) continue;
      await Promise.all(puts);
      puts = [];
      // Of the last session.
      rate = put / ((performance.now() - begun) / 1000);
    }
    await Promise.all(puts);
    rate = put / ((performance.now() - begun) / 1000);
    await filling.rollUpAll();
    await filling.close();

    const starting = performance.now();
    const store = await createSqliteMarketStore({ folder });
    await store.products();
    const startMs = performance.now() - starting;
    const [name] = names;
    const day = [lastMs + 1 - DAY_MS, lastMs + 1] as const;
    const minutes = Array.from({ length: DAY_MS / MINUTE_MS }, (_, i) => day[0] + i * MINUTE_MS);
    const reads = [
      await median(() => store.products()),
      await median((i) => store.latest(names[Math.abs(i * 37) % products], EXPIRY)),
      await median(() => store.asOf(name, EXPIRY, lastMs - STEP_MS)),
      await median(() => store.lastSummaries(name, EXPIRY, minutes, day[1], ['pcr_oi'])),
      await median(() => store.counts()),
    ];
    await store.close();
    const examining = performance.now();
    const findings = examineMarketFiles(folder, { complete: false });
    const examineMs = performance.now() - examining;
    if (findings.some(({ ok }) => !ok)) throw new Error(JSON.stringify(findings.filter(({ ok }) => !ok)));
    const cells = [sessions, products, Math.round(rate).toLocaleString('en'), Math.round(startMs)];
    return `| ${[...cells, ...reads.map((ms) => ms.toFixed(2)), Math.round(examineMs)].join(' | ')} |`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Ingest, start and reads as days and products grow. */
async function growth(): Promise<string> {
  const rows: string[] = [];
  for (const { sessions, products } of SIZES) rows.push(await measured(sessions, products));
  return [
    `A snapshot of ${2 * STRIKES} quotes of each product per quarter of an hour; medians of ${READS} reads in ms. Ingest is that ` +
      'of the last session, in batches of 50, with NORMAL; start is until the products are listed.',
    '',
    '| sessions | products | ingest snapshots/s | start ms | products | latest | as of | a day by the minute | counts | doctor ms |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

stdout.write(`${await growth()}\n`);
