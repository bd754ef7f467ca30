import { type AlertFiringView, ENRICHED_CHAINS } from '@deltastream/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import { enrichedChain } from '../../packages/server/src/services/socket-gateway/testing/enriched.fixture.ts';
import { startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { metricSum } from '../support/meters/metrics.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const KILLS = 20;
const PRODUCTS = Array.from({ length: 10 }, (_, i) => `PRODUCT${i}`);
const CHAINS_EACH = 12;
const ROUNDS = KILLS + 1;
const THRESHOLDS = [1, 1.2];
/** What a store begins with. */
const DEFAULT_RULES = 7;
const EXPIRY = '2026-12-03';

const folder = temporaryFolder();
let redis: Awaited<ReturnType<typeof startRedisServer>>;
let bus: Bus;
let alerts: PlatformProcess;

/** The test publishes faster than an evaluator starts: the bus keeps all that comes meanwhile. */
const KEPT = 20_000;
const start = () =>
  startPlatform([
    ...['--only', 'alerts', '--bus', redis.url, '--data', folder.path],
    ...['--bus-history-length', String(KEPT)],
  ]);
beforeAll(async () => {
  redis = await startRedisServer();
  bus = await createRedisBus({ url: redis.url, historyLength: KEPT });
  alerts = await start();
});
afterAll(async () => {
  await alerts.stop();
  await bus.close();
  await redis.stop();
  folder.remove();
});

/** A random order that is the same at every run. */
let state = 11;
const dice = (sides: number): number => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return (state >> 8) % sides;
};

const chain = (product: string, seq: number, pcr: number | null) => {
  const made = enrichedChain(product, EXPIRY, seq, { epoch: 'run' });
  return { ...made, summary: { ...made.summary, pcr_oi: pcr } };
};

/** When a rule fires that has no clear condition: at each rise above its threshold; a null value is neither. */
function risesAbove(threshold: number, values: readonly (number | null)[]): number[] {
  const rises: number[] = [];
  let isAbove = false;
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    if (value > threshold && !isAbove) rises.push(i + 1);
    isAbove = value > threshold;
  }
  return rises;
}

async function allFirings(): Promise<AlertFiringView[]> {
  const found: AlertFiringView[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${alerts.url}/api/alerts/firings?limit=1000${query}`);
    const page = (await response.json()) as { firings: AlertFiringView[]; next_cursor: string | null };
    found.push(...page.firings);
    cursor = page.next_cursor;
  }
  return found;
}

it('fires every rule exactly when it should, once, through 20 kills of the evaluator under load', async () => {
  for (const threshold of THRESHOLDS) {
    const rule = {
      name: `above ${threshold}`,
      products: PRODUCTS,
      expiry: EXPIRY,
      condition: `pcr_oi > ${threshold}.0`.replace(/(\.\d)\.0$/, '$1'),
    };
    const response = await fetch(`${alerts.url}/api/alerts/rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rule }),
    });
    expect(response.status, await response.clone().text()).toBe(201);
  }
  // What comes before a rule is known to the evaluation is not judged by it.
  await expect
    .poll(() => metricSum(alerts.url, 'deltastream_alerts_rules'))
    .toBe(DEFAULT_RULES + THRESHOLDS.length);
  const values = new Map(
    PRODUCTS.map((product) => [
      product,
      Array.from({ length: ROUNDS * CHAINS_EACH }, () => [0.8, 1.1, 1.3, null][dice(4)]),
    ]),
  );
  // Chains a few places out of order, and some of them twice.
  const stream = PRODUCTS.flatMap((product) =>
    (values.get(product) ?? []).map((value, i) => ({ product, seq: i + 1, value, at: i + dice(4) })),
  )
    .flatMap((each) => (dice(6) === 0 ? [each, { ...each, at: each.at + dice(3) }] : [each]))
    .sort((a, b) => a.at - b.at);
  const share = Math.ceil(stream.length / ROUNDS);
  const publish = async (round: number) => {
    for (const { product, seq, value } of stream.slice(round * share, (round + 1) * share)) {
      await bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(chain(product, seq, value)));
    }
  };
  // So that it is known from where on it goes on after the first kill.
  await publish(0);
  await expect.poll(async () => (await allFirings()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  for (let round = 1; round < ROUNDS; round++) {
    const publishing = publish(round);
    await new Promise((resolve) => setTimeout(resolve, dice(60)));
    alerts.kill('SIGKILL');
    await alerts.exited();
    alerts = await start();
    await publishing;
  }
  const expected = THRESHOLDS.flatMap((threshold) =>
    PRODUCTS.flatMap((product) =>
      risesAbove(threshold, values.get(product) ?? []).map((seq) => {
        const { timestamp } = chain(product, seq, null);
        return `above ${threshold} ${product} ${new Date(timestamp).toISOString()}`;
      }),
    ),
  ).sort();
  const fired = async () =>
    (await allFirings()).map(({ rule, product, at }) => `${rule} ${product} ${at}`).sort();
  await expect.poll(fired, { timeout: 20_000 }).toEqual(expected);
  const numbers = (await allFirings()).map(({ seq }) => seq).sort((a, b) => a - b);
  expect(numbers).toEqual(expected.map((_, i) => i + 1));
  console.log(
    `alerts killed ${KILLS} times: ${stream.length} messages of ${PRODUCTS.length} products, ${expected.length} firings, ` +
      'none lost and none twice',
  );
}, 240_000);
