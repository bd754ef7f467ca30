import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { HISTORY_FIGURES, isoTime } from '@deltastream/contracts';
import { createHttpApp } from '../../packages/server/src/kit/http/http.ts';
import { silentLogger } from '../../packages/server/src/kit/logging/log.ts';
import { createAnalytics } from '../../packages/server/src/services/analytics/service.ts';
import { quantile } from '../measure/statistics.ts';
import { EXPIRY, fillStore, MINUTES, PRODUCT, SESSIONS, STRIKES } from './store.ts';

/**
 * Requests to the routes of analytics that read over time, one after the other and without a network, each page from
 * another place in 90 sessions. The second column is the longest that the event loop was held up meanwhile.
 */
const REQUESTS = 200;
const WARM_UP = 20;
const GOAL_MS = 20;

const folder = mkdtempSync(join(tmpdir(), 'bench-history-'));
const store = await fillStore(folder);
const app = createHttpApp({ logger: silentLogger });
await app.register(createAnalytics({ store, logger: silentLogger }).routes ?? (async () => {}));
const [{ firstTimestamp, lastTimestamp }] = await store.expiries(PRODUCT);

/** An instant of the second half of the sessions, another for each request. */
const instant = (i: number): string =>
  isoTime(lastTimestamp - ((i * 7919) % 1000) * 0.0005 * (lastTimestamp - firstTimestamp));

const figures = HISTORY_FIGURES.slice(0, 10).join(',');
const legs = [`${EXPIRY}:24000:call:1`, `${EXPIRY}:24000:put:1`].join(',');
const ROUTES: Readonly<Record<string, (i: number) => string>> = {
  'history: 10 figures, 500 snapshots': (i) => `history/${PRODUCT}?figures=${figures}&to=${instant(i)}`,
  'history: 10 figures, 500 ends of 5 minutes': (i) =>
    `history/${PRODUCT}?figures=${figures}&resolution=5m&to=${instant(i)}`,
  'history: 10 figures, ends of 90 days': (i) =>
    `history/${PRODUCT}?figures=${figures}&resolution=1d&at=${instant(i)}`,
  'history: 10 figures, 500 snapshots as of an instant': (i) =>
    `history/${PRODUCT}?figures=${figures}&at=${instant(i)}`,
  'put-call ratio: 500 snapshots': (i) => `pcr/${PRODUCT}?to=${instant(i)}`,
  'open interest by strike, of one snapshot': (i) => `oi-profile/${PRODUCT}?at=${instant(i)}`,
  'change of open interest over 15 minutes': (i) => `oi-change/${PRODUCT}?window=15m&at=${instant(i)}`,
  'comparison of two instants': (i) =>
    `compare/${PRODUCT}?before=${isoTime(firstTimestamp + i * 60_000)}&at=${instant(i)}`,
  'heat map: a session of 5 minutes, 41 strikes': (i) => `oi-heatmap/${PRODUCT}?limit=75&to=${instant(i)}`,
  'premium of two legs: 75 ends of 5 minutes': (i) =>
    `premium/${PRODUCT}?legs=${legs}&resolution=5m&limit=75&to=${instant(i)}`,
  'a contract over its session, by the minute': (i) =>
    `contract/${PRODUCT}-${EXPIRY}-24000-C?at=${instant(i)}`,
};

async function measure(path: (i: number) => string) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const waits: number[] = [];
  for (let i = -WARM_UP; i < REQUESTS; i++) {
    if (i === 0) delays.enable();
    const begun = performance.now();
    const { statusCode, body } = await app.inject(`/api/analytics/${path(Math.abs(i))}`);
    if (i >= 0) waits.push(performance.now() - begun);
    if (statusCode !== 200) throw new Error(`${path(i)}: ${statusCode} ${body}`);
    if (i % 10 === 0) await sleep(1);
  }
  delays.disable();
  return { waits, heldUpMs: delays.percentile(99) / 1e6 };
}

const rows: string[] = [];
for (const [name, path] of Object.entries(ROUTES)) {
  const { waits, heldUpMs } = await measure(path);
  const cells = [quantile(waits, 0.5), quantile(waits, 0.99), heldUpMs].map((ms) => ms.toFixed(1));
  rows.push(`| ${name} | ${cells.join(' | ')} |`);
}
await app.close();
await store.close();
rmSync(folder, { recursive: true });

stdout.write(
  [
    `One product and expiry of ${STRIKES} strikes, ${SESSIONS} sessions of ${MINUTES} minutes: ` +
      `${(SESSIONS * MINUTES).toLocaleString('en')} snapshots; ${REQUESTS} requests of each, one after the other, ` +
      `in process. The goal is ${GOAL_MS} ms p99 for a page of history.`,
    '',
    '| | p50 ms | p99 ms | event loop held up, p99 ms |',
    '|---|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n'),
);
