import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_TICKS, MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantile } from '../../bench/measure/statistics.ts';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { nameOf, type Sent, startTraffic, type TrafficPlan } from '../support/market/market-traffic.ts';
import { barsOf, compareStored, readStoredMarket } from '../support/market/stored-market.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const KILLS = 20;
const WORKERS = 2;
const MAX_GAP_MS = 5000;
const PRODUCTS = Array.from({ length: 10 }, (_, i) => `P${i}`);
const MARKET: ReadonlySet<string> = new Set([MARKET_TICKS.name, MARKET_CHAINS.name]);
/** Two thousand messages a second that two cores carry beside the processes that start. */
const PLAN: TrafficPlan = { products: PRODUCTS, ticksPerSecond: 1800, chainsPerSecond: 200 };

describe.runIf(haveRedisServer())('enrichers killed with SIGKILL', () => {
  let stand: RedisStand;
  beforeAll(async () => {
    stand = await openRedisStand();
  });
  afterAll(() => stand.end());

  it(`lose nothing and double nothing over ${KILLS} kills at 2,000 messages/s`, async () => {
    const front = await stand.start('storage,gateway');
    const workers = [await stand.start('enricher'), await stand.start('enricher')];
    const bus = await createRedisBus({ url: stand.redis.url });
    const silences = new Map(PRODUCTS.map((product) => [product, [] as number[]]));
    const lastAt = new Map<string, number>();
    const enrichedAt = new Map<string, number>();
    let enrichedTwice = 0;
    await bus.follow(ENRICHED_TICKS.name, 'latest', ({ frame }) => {
      const { product, seq } = ENRICHED_TICKS.frames.decode(frame);
      const now = performance.now();
      silences.get(product)?.push(now - (lastAt.get(product) ?? now));
      lastAt.set(product, now);
      const name = nameOf({ kind: 'tick', product, seq });
      if (enrichedAt.has(name)) enrichedTwice += 1;
      else enrichedAt.set(name, now);
    });

    const begun = performance.now();
    const traffic = startTraffic(bus, PLAN);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(100 + Math.random() * 300);
      const [victim] = workers.splice(0, 1);
      victim.kill('SIGKILL');
      await victim.exited();
      workers.push(await stand.start('enricher'));
    }
    await traffic.stop();
    const seconds = (performance.now() - begun) / 1000;
    await bus.drained();
    expect(workers).toHaveLength(WORKERS);

    const sent = traffic.acknowledged;
    const { messages, bars } = await readStoredMarket(stand.marketFolder);
    const { lost, doubled, unknown } = compareStored(sent.map(nameOf), messages);
    const redelivered = bus
      .stats()
      .filter(({ topic, group }) => group === 'enricher' && MARKET.has(topic))
      .reduce((sum, { redeliveries }) => sum + redeliveries, 0);
    const delays: number[] = [];
    /** How much later than a tick that was published after it each came: free of what a busy machine adds to all. */
    const late: number[] = [];
    let earliest = Number.POSITIVE_INFINITY;
    for (const tick of sent.filter(({ kind }) => kind === 'tick').sort(newestFirst)) {
      const at = enrichedAt.get(nameOf(tick)) ?? Number.POSITIVE_INFINITY;
      delays.push(at - tick.publishedAt);
      late.push(Math.max(0, at - earliest));
      earliest = Math.min(earliest, at);
    }
    /** What a dead worker held is latest: as many as were delivered again. */
    const held = late.sort((a, b) => b - a).slice(0, Math.max(1, redelivered));
    /** One for each kill, since those in between would thin them out. */
    const longest = [...silences.values()].flatMap((each) => each.sort((a, b) => b - a).slice(0, KILLS));
    const gapP99 = quantile(longest, 0.99);
    const heldP99 = quantile(held, 0.99);
    const gaps = await metricSum(front.url, 'deltastream_storage_gap_messages');
    process.stdout.write(
      `kill -9 of one of ${WORKERS} enrichers: ${KILLS} kills at ${Math.round(sent.length / seconds)} messages/s ` +
        `(${sent.length} in ${seconds.toFixed(1)} s, one in ten a chain of 20 strikes): ${lost.length} lost, ${doubled} doubled, ` +
        `${gaps} gaps counted, ${redelivered} redelivered, ${enrichedTwice} ticks enriched twice; longest silences of a product ` +
        `p99 ${gapP99.toFixed(0)} ms; publish to enriched p99 ${quantile(delays, 0.99).toFixed(0)} ms, ` +
        `what was redelivered came p99 ${heldP99.toFixed(0)} ms after a later one\n`,
    );
    expect(traffic.refused()).toBe(0);
    expect({ lost: lost.length, doubled, unknown, gaps }).toEqual({
      lost: 0,
      doubled: 0,
      unknown: [],
      gaps: 0,
    });
    expect(bars).toEqual(barsOf(sent));
    expect(redelivered).toBeGreaterThan(0);
    expect(gapP99).toBeLessThanOrEqual(longestMs(MAX_GAP_MS));
    expect(heldP99).toBeLessThanOrEqual(longestMs(MAX_GAP_MS));
    expect(bus.stats().every(({ lostTotal, deadLetters }) => lostTotal === 0 && deadLetters === 0)).toBe(
      true,
    );
    await bus.close();
  });
});

const newestFirst = (a: Sent, b: Sent): number => b.publishedAt - a.publishedAt;
