import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EnrichedChain,
  isoTime,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureValues,
} from '@deltastream/contracts';
import {
  createSqliteMarketStore,
  type SqliteMarketStore,
} from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../packages/server/src/kit/http/http.ts';
import { silentLogger } from '../../packages/server/src/kit/logging/log.ts';
import { createAnalytics } from '../../packages/server/src/services/analytics/service.ts';
import { quantile } from '../measure/statistics.ts';
import { DAY_MS, EXPIRY, MINUTE_MS, sessionChains } from './sessions.ts';

const PRODUCT = 'NIFTY';
const SESSIONS = 250;
const STRIKES = 10;
const REQUESTS = 60;
const WARM_UP = 10;
/** Under writing: so many snapshots a second are put, each alone. */
const PUTS_PER_SECOND = 500;
const GOALS = { week: 10, year: 5 };

const cells = (waits: readonly number[]) =>
  [quantile(waits, 0.5), quantile(waits, 0.99)].map((ms) => ms.toFixed(2)).join(' / ');

async function timed(work: () => Promise<unknown>, requests = REQUESTS): Promise<number[]> {
  const waits: number[] = [];
  for (let i = -WARM_UP; i < requests; i++) {
    const begun = performance.now();
    await work();
    if (i >= 0) waits.push(performance.now() - begun);
    await sleep(1);
  }
  return waits;
}

async function fill(store: SqliteMarketStore): Promise<EnrichedChain> {
  const none = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name, i) => [name, i / 7]));
  const values = none as unknown as ProductFigureValues;
  let puts: Promise<void>[] = [];
  let last: EnrichedChain | undefined;
  for (const [chain] of sessionChains({
    products: [PRODUCT],
    sessions: SESSIONS,
    strikes: STRIKES,
    stepMs: MINUTE_MS,
  })) {
    const { timestamp } = chain;
    last = chain;
    puts.push(
      store.putSnapshots([chain]),
      store.putProductFigures([
        { product: PRODUCT, timestamp, as_of: timestamp, progress: timestamp, values },
      ]),
    );
    if (puts.length < 1000) continue;
    await Promise.all(puts);
    puts = [];
  }
  await Promise.all(puts);
  if (last === undefined) throw new Error('nothing was put');
  return last;
}

/** Reads while others put: the times of the reads. */
async function underWriting(store: SqliteMarketStore, last: EnrichedChain, read: () => Promise<unknown>) {
  let writing = true;
  let seq = 0;
  const writer = (async () => {
    const begun = performance.now();
    while (writing) {
      const due = ((performance.now() - begun) / 1000) * PUTS_PER_SECOND;
      const puts: Promise<void>[] = [];
      for (; seq < due; seq++) {
        const timestamp = last.timestamp + DAY_MS + seq * 10;
        puts.push(store.putSnapshots([{ ...last, product: `P${seq % 100}`, timestamp }]));
      }
      await Promise.all(puts);
      await sleep(1);
    }
  })();
  const waits = await timed(read, 10 * REQUESTS);
  writing = false;
  await writer;
  return waits;
}

/** 7 days by the minute and 250 by the day, before and after figures are rolled up, by the store and by the route; and under writing. */
async function rolledUpFigures(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rollups-'));
  const store = await createSqliteMarketStore({ folder, synchronous: 'normal' });
  const app = createHttpApp({ logger: silentLogger });
  try {
    const last = await fill(store);
    await app.register(createAnalytics({ store, logger: silentLogger }).routes ?? (async () => {}));
    const toMs = last.timestamp + MINUTE_MS;
    const week = Array.from(
      { length: (7 * DAY_MS) / MINUTE_MS },
      (_, i) => toMs - 7 * DAY_MS + i * MINUTE_MS,
    );
    const midnight = Math.ceil(toMs / DAY_MS) * DAY_MS - DAY_MS / 4 + MINUTE_MS * 30; // 18:30 UTC: midnight in India.
    const year = Array.from({ length: 365 }, (_, i) => midnight - (365 - i) * DAY_MS);
    const get = async (path: string) => {
      const { statusCode, body } = await app.inject(`/api/analytics/${path}`);
      if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body}`);
    };
    const from = isoTime(toMs - 7 * DAY_MS);
    const ROWS: Readonly<
      Record<string, readonly [port: () => Promise<unknown>, route: () => Promise<unknown>]>
    > = {
      'a figure of a chain, 7 days by the minute': [
        () => store.lastSummaries(PRODUCT, EXPIRY, week, toMs, ['pcr_oi']),
        () => get(`history/${PRODUCT}?figures=pcr_oi&resolution=1m&limit=10000&from=${from}`),
      ],
      'a figure of a chain, 250 sessions by the day': [
        () => store.lastSummaries(PRODUCT, EXPIRY, year, midnight, ['pcr_oi']),
        () => get(`history/${PRODUCT}?figures=pcr_oi&resolution=1d&limit=250`),
      ],
      'a figure of a product, 7 days by the minute': [
        () => store.lastProductFigures(PRODUCT, week, toMs, ['iv_30d']),
        () => get(`product-figures/${PRODUCT}/history?fields=iv_30d&resolution=1m&limit=10000&from=${from}`),
      ],
      'a figure of a product, 250 sessions by the day': [
        () => store.lastProductFigures(PRODUCT, year, midnight, ['iv_30d']),
        () => get(`product-figures/${PRODUCT}/history?fields=iv_30d&resolution=1d&limit=250`),
      ],
    };
    const size = () => statSync(join(folder, 'main.db')).size;
    const before = new Map<string, number[]>();
    for (const [name, [port]] of Object.entries(ROWS)) before.set(name, await timed(port, 15));
    const bytes = size();
    const begun = performance.now();
    await store.rollUpAll();
    const seconds = (performance.now() - begun) / 1000;
    const rows: string[] = [];
    for (const [name, [port, route]] of Object.entries(ROWS)) {
      const waits = [before.get(name) ?? [], await timed(port), await timed(route)];
      rows.push(`| ${name} | ${waits.map(cells).join(' | ')} |`);
    }
    const [[read]] = Object.values(ROWS);
    const idle = await timed(read, 10 * REQUESTS);
    const busy = await underWriting(store, last, read);
    const rolled = 2 * SESSIONS * 375;
    return [
      `One product and expiry, ${SESSIONS} sessions of 375 minutes, warm; p50 / p99 of ${REQUESTS} reads in ms. Goals of the ` +
        `store: ${GOALS.week} ms for 7 days by the minute, ${GOALS.year} ms for 250 days. Rolling up ` +
        `${rolled.toLocaleString('en')} rows took ${seconds.toFixed(1)} s; main.db grew from ${(bytes / 1e6).toFixed(0)} to ` +
        `${(size() / 1e6).toFixed(0)} MB.`,
      '',
      '| | store, not rolled up | store | route |',
      '|---|---:|---:|---:|',
      ...rows,
      '',
      `The first while ${PUTS_PER_SECOND} snapshots a second are put, against idle: ${cells(busy)} against ${cells(idle)} ms, ` +
        `p99 ${(quantile(busy, 0.99) / quantile(idle, 0.99)).toFixed(1)} times (goal: 2).`,
    ].join('\n');
  } finally {
    await app.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

stdout.write(`${await rolledUpFigures()}\n`);
