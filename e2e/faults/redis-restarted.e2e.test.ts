import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { nameOf, startTraffic } from '../support/market/market-traffic.ts';
import { compareStored, readStoredMarket } from '../support/market/stored-market.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const PLAN = { products: ['NIFTY', 'SENSEX', 'BTC', 'AAPL'], ticksPerSecond: 400, chainsPerSecond: 40 };
const MAX_RECOVERY_MS = 10_000;
/** A machine that loses power loses what Redis has written and not yet flushed. */
const UNFLUSHED_MS = 900;
const DOWN_MS = 1000;

describe.runIf(haveRedisServer())('Redis killed and restarted', () => {
  let stand: RedisStand;
  beforeAll(async () => {
    stand = await openRedisStand(['--appendonly', 'yes', '--appendfsync', 'everysec']);
  });
  afterAll(() => stand.end());

  it('recovers within 10 s, and what the last second cost is counted to the message', async () => {
    const front = await stand.start('storage,gateway');
    const enricher = await stand.start('enricher');
    const bus = await createRedisBus({ url: stand.redis.url });
    const traffic = startTraffic(bus, PLAN);
    const stored = async () => metricSum(front.url, 'deltastream_storage_stored_total');
    await sleep(2000);
    await expect.poll(stored).toBeGreaterThan(0);

    // With nobody taking frames out, Redis alone has what is published from here on.
    const file = appendOnlyFile(stand.redis.folder);
    const flushedBytes = statSync(file).size;
    const flushedAt = performance.now();
    process.kill(enricher.pid, 'SIGSTOP');
    await sleep(UNFLUSHED_MS);
    await stand.redis.kill('SIGKILL');
    const downAt = performance.now();
    truncateSync(file, flushedBytes);
    process.kill(enricher.pid, 'SIGCONT');
    await sleep(DOWN_MS);
    await stand.redis.start();
    const upAt = performance.now();
    const before = await stored();
    await expect.poll(stored, { timeout: longestMs(MAX_RECOVERY_MS), interval: 20 }).toBeGreaterThan(before);
    const recoveredMs = performance.now() - upAt;
    await sleep(2000);
    await traffic.stop();
    await bus.drained();

    const sent = traffic.acknowledged;
    const { messages } = await readStoredMarket(stand.marketFolder);
    const { lost, doubled } = compareStored(sent.map(nameOf), messages);
    const lostAt = sent
      .filter((each) => lost.includes(nameOf(each)))
      .map(({ acknowledgedAt }) => acknowledgedAt);
    const oldestMs = downAt - Math.min(downAt, ...lostAt);
    const gaps = await metricSum(front.url, 'deltastream_storage_gap_messages');
    process.stdout.write(
      `Redis killed and restarted, its last ${UNFLUSHED_MS} ms never flushed: stored again after ${recoveredMs.toFixed(0)} ms; ` +
        `${sent.length} acknowledged, ${lost.length} lost, the oldest ${oldestMs.toFixed(0)} ms before the end, ` +
        `${traffic.refused()} refused, ${gaps} gaps counted\n`,
    );
    expect(lost.length).toBeGreaterThan(0);
    // Nothing that was flushed, which is at most a second old with `everysec`.
    expect(Math.min(...lostAt)).toBeGreaterThan(flushedAt);
    expect(doubled).toBe(0);
    // A refused message keeps its number, too: it is as missing downstream as a lost one.
    expect(gaps).toBe(lost.length + traffic.refused());
    await bus.close();
  });
});

/** The file to which Redis appends now. */
function appendOnlyFile(folder: string): string {
  const files = readdirSync(join(folder, 'appendonlydir')).filter((name) => name.endsWith('.incr.aof'));
  return join(folder, 'appendonlydir', files.sort().at(-1) ?? '');
}
