import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath, hrtime } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { completeRule, ENRICHED_CHAINS, ENRICHED_FIGURES, isoTime } from '@deltastream/contracts';
import { startPlatform, temporaryFolder } from '../../e2e/support/platform/platform-process.ts';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { createSqliteAlertStore } from '../../packages/server/src/adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { launch } from '../../packages/server/src/launch.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { readSettings } from '../../packages/server/src/settings/read.ts';
import { startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { median, quantile } from '../measure/statistics.ts';

/** From the publication of an enriched chain to the alert that it fires, at a Socket.IO client in another process. */
const PRODUCTS = 500;
const RULES_EACH = 20;
const CHAINS_PER_SECOND = 1_000;
/** Of the chains of a product one fires a rule, and the next ones do not. */
const FIRES_EACH = 20;
const [WARM_UP_MS, MEASURE_MS] = [4_000, 12_000];
const CLIENT = fileURLToPath(new URL('./alert-client.ts', import.meta.url));
const SERVICES = 'alerts,socket-gateway';

const products = Array.from({ length: PRODUCTS }, (_, i) => `P${i}`);
const strikes = Array.from({ length: 100 }, (_, i) => 21_500 + 50 * i);
const raw = pricedChain({ strikes, sigma: () => 0.14, days: 6, halfSpread: 0.05, tick: 0.05 });
const enriched = createChainEnricher({ rate: 0 })(raw);

/** Of the coming week: rules look at the nearest expiry that is not over. */
const EXPIRY_AT = Date.now() + 7 * 86_400_000;
const EXPIRY = { expiry: new Date(EXPIRY_AT).toISOString().slice(0, 10), expiry_at: EXPIRY_AT };

export interface ToSocket {
  readonly alerts: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** One rule of each product fires; the others look at figures that move, and hold for none. */
async function putRules(folder: string): Promise<void> {
  const store = await createSqliteAlertStore({ file: join(folder, 'alerts.db') });
  const rules = products.flatMap((product) =>
    Array.from({ length: RULES_EACH }, (_, i) => ({
      id: `${product}-${i}`,
      owner: 'local',
      version: 1,
      definition: completeRule({
        name: `rule ${i}`,
        products: [product],
        condition: i === 0 ? 'pcr_oi > 1.4' : `spot_price > ${30_000 + i}.0 && atm_iv < 0.${i + 10}`,
      }),
      status: 'armed' as const,
      problem: null,
      createdAt: 0,
      updatedAt: 0,
      lastFiredAt: null,
      firings: 0,
    })),
  );
  await store.createRules(rules, rules.length);
  await store.close();
}

/** Publishes at an even pace until it is told to stop; by product and instant, when those were that fire. */
function publishChains(bus: Bus) {
  const publishedUs = new Map<string, number>();
  const startMs = Date.now();
  const begun = performance.now();
  let sent = 0;
  const send = () => {
    const product = products[sent % PRODUCTS];
    const seq = Math.floor(sent / PRODUCTS) + 1;
    // Products fire one after the other, not all at once.
    const fires = (seq + sent) % FIRES_EACH === 0;
    const timestamp = startMs + seq;
    const pcr_oi = fires ? 1.5 : 1;
    const summary = { ...enriched.summary, pcr_oi, spot_price: 24_000 + (seq % 7) };
    const frame = ENRICHED_CHAINS.frames.encode({
      ...{ ...enriched, ...EXPIRY },
      product,
      seq,
      timestamp,
      epoch: 'bench',
      summary,
    });
    if (fires) publishedUs.set(`${product} ${isoTime(timestamp)}`, Number(hrtime.bigint() / 1000n));
    sent += 1;
    return bus.publish(ENRICHED_CHAINS.name, frame);
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) * CHAINS_PER_SECOND) / 1_000;
    while (sent < due) void send();
  }, 1);
  return { publishedUs, stop: () => clearInterval(timer) };
}

async function measure(bus: Bus, url: string): Promise<ToSocket> {
  const client = spawn(execPath, [CLIENT, url, String(WARM_UP_MS + MEASURE_MS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const fromUs = Number(hrtime.bigint() / 1000n) + WARM_UP_MS * 1_000;
  const { publishedUs, stop } = publishChains(bus);
  const told = await lines.next();
  stop();
  if (told.done) throw new Error('the client ended before its time');
  const arrived = JSON.parse(told.value) as [string, string, number][];
  const samples = arrived.flatMap(([product, at, us]) => {
    const from = publishedUs.get(`${product} ${at}`);
    return from === undefined || from < fromUs ? [] : [(us - from) / 1_000];
  });
  if (samples.length === 0) throw new Error('no alert came to the client');
  return {
    alerts: samples.length,
    p50: median(samples),
    p99: quantile(samples, 0.99),
    max: Math.max(...samples),
  };
}

/** All in one process, the publisher included. */
export async function embedded(): Promise<ToSocket> {
  const folder = temporaryFolder();
  await putRules(folder.path);
  const settings = readSettings({ port: 0, data: folder.path, only: SERVICES }, {});
  const running = await launch(settings, (text) => process.stderr.write(text));
  try {
    const { bus } = running.ports;
    if (bus === undefined) throw new Error('the platform has no bus');
    await sleep(1_000);
    const url = running.urls[running.listening.indexOf('socket-gateway')];
    return await measure(bus, url);
  } finally {
    await running.stop();
    folder.remove();
  }
}

/** The services and the publisher in processes of their own. */
export async function overRedis(): Promise<ToSocket> {
  const folder = temporaryFolder();
  await putRules(folder.path);
  const redis = await startRedisServer();
  const bus = await createRedisBus({
    url: redis.url,
    overflow: 'drop_oldest',
    resumed: [ENRICHED_CHAINS.name, ENRICHED_FIGURES.name],
  });
  const on = ['--bus', redis.url, '--data', folder.path];
  const alerts = await startPlatform(['--only', 'alerts', ...on]);
  const sockets = await startPlatform(['--only', 'socket-gateway', ...on]);
  try {
    await sleep(1_000);
    return await measure(bus, sockets.url);
  } finally {
    await Promise.all([alerts.stop(), sockets.stop()]);
    await bus.close();
    await redis.stop();
    folder.remove();
  }
}

export const described =
  `From the publication of a chain of ${strikes.length} strikes to its alert on a socket of another process, kept in SQLite in between: ` +
  `${CHAINS_PER_SECOND.toLocaleString('en')} chains a second, ${(PRODUCTS * RULES_EACH).toLocaleString('en')} rules, ` +
  `${CHAINS_PER_SECOND / FIRES_EACH} alerts a second.`;
