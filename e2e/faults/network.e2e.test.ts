import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_TICKS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../packages/server/src/testing/servers/tcp-proxy.ts';
import { nameOf, startTraffic } from '../support/market/market-traffic.ts';
import { compareStored, readStoredMarket } from '../support/market/stored-market.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import { mebibytes, memoryOf } from '../support/platform/process-memory.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const PLAN = { products: ['NIFTY', 'SENSEX', 'BTC', 'AAPL'], ticksPerSecond: 400, chainsPerSecond: 40 };
const LATENCY_MS = 50;
const CUT_MS = 3000;
const BLACK_HOLE_MS = 5000;
/** The longest wait between two tries, and the time that a response may take. */
const MAX_RECOVERY_MS = 5000;
const MAX_TRIES_PER_CONNECTION = 12;
const MAX_GROWTH_BYTES = 96 * 1024 * 1024;

describe.runIf(haveRedisServer())('the network between services and Redis', () => {
  let stand: RedisStand;
  let proxy: TcpProxy;
  beforeAll(async () => {
    stand = await openRedisStand();
    proxy = await startTcpProxy(stand.redis.port);
  });
  afterAll(async () => {
    await proxy.close();
    await stand.end();
  });

  it('slow, cut or swallowing everything: services come back, lose nothing and keep their size', async () => {
    const url = `redis://127.0.0.1:${proxy.port}`;
    const front = await stand.start('storage,gateway', [], url);
    const enricher = await stand.start('enricher', [], url);
    const connections = proxy.accepted();
    const bus = await createRedisBus({ url: stand.redis.url });
    let enriched = 0;
    let lastAt = 0;
    await bus.follow(ENRICHED_TICKS.name, 'latest', () => {
      enriched += 1;
      lastAt = performance.now();
    });
    const memory = () => [front, enricher].map(({ pid }) => memoryOf(pid));
    const traffic = startTraffic(bus, PLAN);
    const storedSoFar = () => metricSum(front.url, 'deltastream_storage_stored_total');
    /** How long after the healing the first message was enriched, and the first stored. */
    const recovery = async () => {
      const healedAt = performance.now();
      proxy.heal();
      const before = await storedSoFar();
      let enrichedMs = 0;
      await expect
        .poll(() => (enrichedMs = lastAt - healedAt), { timeout: longestMs(MAX_RECOVERY_MS), interval: 10 })
        .toBeGreaterThan(0);
      await expect
        .poll(storedSoFar, { timeout: longestMs(MAX_RECOVERY_MS), interval: 10 })
        .toBeGreaterThan(before);
      return Math.max(enrichedMs, performance.now() - healedAt);
    };
    await sleep(2000);
    const memoryBefore = memory();

    proxy.setLatency(LATENCY_MS);
    await sleep(500);
    const enrichedBefore = enriched;
    await sleep(1500);
    const enrichedWhileSlow = enriched - enrichedBefore;
    await expect.poll(() => enriched).toBeGreaterThan(enrichedBefore);
    proxy.setLatency(0);
    await sleep(500);

    const triesBefore = proxy.accepted();
    proxy.cut();
    await sleep(CUT_MS);
    const tries = proxy.accepted() - triesBefore;
    const afterCutMs = await recovery();
    await sleep(1000);

    proxy.blackHole();
    await sleep(BLACK_HOLE_MS);
    const afterBlackHoleMs = await recovery();
    await sleep(1000);
    await traffic.stop();
    await bus.drained();

    const growth = memory().map((bytes, i) => bytes - memoryBefore[i]);
    const { messages } = await readStoredMarket(stand.marketFolder);
    const { lost, doubled } = compareStored(traffic.acknowledged.map(nameOf), messages);
    const dead = bus.stats().reduce((sum, { deadLetters }) => sum + deadLetters, 0);
    process.stdout.write(
      `network: ${enrichedWhileSlow} ticks enriched in 1.5 s with ${LATENCY_MS} ms each way; cut ${CUT_MS} ms: ${tries} tries of ` +
        `${connections} connections, back ${afterCutMs.toFixed(0)} ms after; black hole ${BLACK_HOLE_MS} ms: back ` +
        `${afterBlackHoleMs.toFixed(0)} ms after; ${messages.length} stored, ${lost.length} lost, ${doubled} doubled; ` +
        `memory of storage and enricher grew by ${growth.map(mebibytes).join(' and ')}\n`,
    );
    expect(tries).toBeLessThanOrEqual(connections * MAX_TRIES_PER_CONNECTION);
    expect({ lost: lost.length, doubled, dead }).toEqual({ lost: 0, doubled: 0, dead: 0 });
    for (const bytes of growth) expect(bytes).toBeLessThan(MAX_GROWTH_BYTES);
    await bus.close();
  });
});
