import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_CHAINS, ENRICHED_FIGURES } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import { haveRedisServer, startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import {
  createAlertStream,
  createDice,
  makeRules,
  publishChain,
  RULES,
  readFired,
  type StreamedChain,
} from '../support/market/alert-stream.ts';
import { metricSum } from '../support/meters/metrics.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const KILLS = 20;
const RESTARTS = 6;
const PRODUCTS = Array.from({ length: 10 }, (_, i) => `PRODUCT${i}`);
const CHAINS_EACH = 12;
/** What a store begins with. */
const DEFAULT_RULES = 7;
/** So long Redis is away. */
const DOWN_MS = 300;

describe.runIf(haveRedisServer())('alerts under load', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let redis: Awaited<ReturnType<typeof startRedisServer>>;
  let bus: Bus;
  let alerts: PlatformProcess;

  // Everything by its defaults: what comes while nobody evaluates is kept by the policy of the bus for these topics.
  const start = () => startPlatform(['--only', 'alerts', '--bus', redis.url, '--data', folder.path]);
  beforeEach(async () => {
    folder = temporaryFolder();
    // What it took must be there after a kill: each write is on the disk before it is acknowledged.
    redis = await startRedisServer(['--appendonly', 'yes', '--appendfsync', 'always']);
    bus = await createRedisBus({ url: redis.url, resumed: [ENRICHED_CHAINS.name, ENRICHED_FIGURES.name] });
    alerts = await start();
    await makeRules(alerts.url, PRODUCTS);
    // What comes before a rule is known to the evaluation is not judged by it.
    await expect.poll(() => metricSum(alerts.url, 'deltastream_alerts_rules')).toBe(DEFAULT_RULES + RULES);
  });
  afterEach(async () => {
    await alerts.stop();
    await bus.close();
    await redis.stop();
    folder.remove();
  });

  /** As a feed does: what a bus that is away refused is published again, in its place. */
  async function publish(chains: readonly StreamedChain[]): Promise<void> {
    for (const chain of chains) {
      for (let isPublished = false; !isPublished; ) {
        isPublished = await publishChain(bus, chain).then(
          () => true,
          () => false,
        );
      }
    }
  }

  /** Publishes a share of the stream in each round, in which something happens; checks what fired in the end. */
  async function through(rounds: number, seed: number, fault: () => Promise<void>): Promise<void> {
    const dice = createDice(seed);
    const { stream, expected } = createAlertStream(PRODUCTS, (rounds + 1) * CHAINS_EACH, dice);
    const share = Math.ceil(stream.length / (rounds + 1));
    // So that it is known from where on it goes on after the first fault.
    await publish(stream.slice(0, share));
    const fired = async () => (await readFired(alerts.url)).fired;
    await expect.poll(async () => (await fired()).length).toBeGreaterThan(0);
    for (let round = 1; round <= rounds; round++) {
      const publishing = publish(stream.slice(round * share, (round + 1) * share));
      await sleep(dice(60));
      await fault();
      await publishing;
    }
    await expect.poll(fired).toEqual(expected);
    const { numbers } = await readFired(alerts.url);
    expect(numbers).toEqual(expected.map((_, i) => i + 1));
    console.log(
      `${stream.length} messages of ${PRODUCTS.length} products, ${expected.length} firings, none lost and none twice`,
    );
  }

  it('fire every rule exactly when it should, once, through 20 kills of the evaluator', async () => {
    await through(KILLS, 11, async () => {
      alerts.kill('SIGKILL');
      await alerts.exited();
      alerts = await start();
    });
  });

  it('fire every rule exactly when it should, once, through kills and restarts of Redis', async () => {
    await through(RESTARTS, 12, async () => {
      await redis.kill('SIGKILL');
      await sleep(DOWN_MS);
      await redis.start();
    });
  });
});
