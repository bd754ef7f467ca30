import { setTimeout as sleep } from 'node:timers/promises';
import { column, ENRICHED_TICKS, MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { median, quantile } from '../../bench/measure/statistics.ts';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { createBullQueue } from '../../packages/server/src/adapters/redis/queue/queue-bullmq.ts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain/chain.fixture.ts';
import { RETRY_JOBS } from '../../packages/server/src/services/enricher/service.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { createNumbering } from '../support/market/market-traffic.ts';
import { compareStored, readStoredMarket } from '../support/market/stored-market.ts';
import { longestBesideMs, longestMs } from '../support/meters/promised-times.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const PAIRS = 14;
const ROUND_MS = 1000;
const TICKS_PER_SECOND = 600;
/** One message in a hundred. */
const HEALTHY_PER_POISON = 99;
const MOST_FAILING = 100;
const MAX_TRIES = 5;
/** The waits between them: 2, 4 and 8 s. */
const TRIES_MS = 14_000;
const PRODUCTS = Array.from({ length: 10 }, (_, i) => `P${i}`);

const chain = (alter: (chain: ReturnType<typeof pricedChain>) => void) => {
  const altered = pricedChain({});
  alter(altered);
  return MARKET_CHAINS.frames.encode(altered);
};
const tick = MARKET_TICKS.frames.encode(createNumbering().tick('P0'));

/** Frames that can never be enriched, and what shall be said of them. */
const MALFORMED: readonly { topic: string; frame: Uint8Array; reason: RegExp }[] = [
  {
    topic: MARKET_TICKS.name,
    frame: new TextEncoder().encode('no frame'),
    reason: /not a MessagePack frame of 8 bytes/,
  },
  { topic: MARKET_TICKS.name, frame: tick.subarray(0, tick.length - 3), reason: /not a MessagePack frame/ },
  {
    topic: MARKET_TICKS.name,
    frame: MARKET_TICKS.frames.encode({ ...createNumbering().tick('P0'), price: -1 }),
    reason: /tick\.price must be > 0/,
  },
  {
    topic: MARKET_CHAINS.name,
    frame: chain(({ columns }) => void column(columns, 'put_bid').fill(-2, 3, 4)),
    reason: /put_bid at strike 23150 is -2/,
  },
  {
    topic: MARKET_CHAINS.name,
    frame: chain(({ columns }) => void column(columns, 'strike').reverse()),
    reason: /does not ascend/,
  },
];

/** What an enricher's user of Redis needs, but for the stream that it shall fail to write. */
const KEYS_BUT_ONE = [
  'deltastream:topics',
  '{deltastream:queue}*',
  'deltastream:{market:*',
  'deltastream:{enriched:ticks}*',
].map((pattern) => `~${pattern}`);

describe.runIf(haveRedisServer())('poison among healthy messages', () => {
  let stand: RedisStand;
  let redis: ReturnType<RedisStand['redis']['connect']>;
  beforeAll(async () => {
    stand = await openRedisStand();
    redis = stand.redis.connect();
    await redis.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '+@all', '&*', '~*');
  });
  afterAll(async () => {
    redis.disconnect();
    await stand.end();
  });

  it('ends in the dead letters with its reason, and slows nobody down', async () => {
    const url = stand.redis.url.replace('redis://', 'redis://worker:secret@');
    await stand.start('storage');
    await stand.start('enricher', [], url);
    // A failure that can be mended: from here on it may not write its chains.
    await redis.call('ACL', 'SETUSER', 'worker', 'resetkeys', ...KEYS_BUT_ONE);
    const bus = await createRedisBus({ url: stand.redis.url });
    const queue = await createBullQueue({ url: stand.redis.url });
    const numbering = createNumbering();
    const publishedAt = new Map<string, number>();
    let delays: number[] = [];
    await bus.follow(ENRICHED_TICKS.name, 'latest', ({ frame }) => {
      const { product, seq } = ENRICHED_TICKS.frames.decode(frame);
      delays.push(performance.now() - (publishedAt.get(`${product} ${seq}`) ?? 0));
    });

    // Made before anything is timed: the process that times them would be held up by making them.
    const prepared = Array.from({ length: MOST_FAILING }, (_, i) => {
      const message = numbering.chain(PRODUCTS[i % PRODUCTS.length]);
      return { id: `chain ${message.product} ${message.seq}`, frame: MARKET_CHAINS.frames.encode(message) };
    });
    const malformed: RegExp[] = [];
    const failing: string[] = [];
    const publishPoison = async (withFailing: boolean) => {
      const turn = malformed.length + failing.length;
      if (withFailing && turn % 2 === 0) {
        const { id, frame } = prepared[failing.length];
        failing.push(id);
        await bus.publish(MARKET_CHAINS.name, frame);
      } else {
        const { topic, frame, reason } = MALFORMED[malformed.length % MALFORMED.length];
        malformed.push(reason);
        await bus.publish(topic, frame);
      }
    };
    let healthy = 0;
    const round = async (poison: 'none' | 'malformed' | 'malformed and failing') => {
      delays = [];
      const begun = performance.now();
      for (let sent = 0; performance.now() - begun < ROUND_MS; await sleep(2)) {
        for (; sent < ((performance.now() - begun) / 1000) * TICKS_PER_SECOND; sent++) {
          const message = numbering.tick(PRODUCTS[sent % PRODUCTS.length]);
          publishedAt.set(`${message.product} ${message.seq}`, performance.now());
          void bus.publish(MARKET_TICKS.name, MARKET_TICKS.frames.encode(message));
          healthy += 1;
          if (poison !== 'none' && sent % HEALTHY_PER_POISON === 0) {
            void publishPoison(poison === 'malformed and failing');
          }
        }
      }
      await sleep(100);
      return quantile(delays, 0.99);
    };

    await round('none');
    /** 99th percentiles of the rounds, milliseconds. */
    const clean: number[] = [];
    const poisoned: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      // Failing ones come early, so that their retries run beside the later rounds.
      const poison = pair < PAIRS / 2 ? 'malformed and failing' : 'malformed';
      const order = pair % 2 === 0 ? (['none', poison] as const) : ([poison, 'none'] as const);
      for (const each of order) (each === 'none' ? clean : poisoned).push(await round(each));
    }

    const letters = async () => [
      ...(await bus.deadLetters(MARKET_TICKS.name)),
      ...(await bus.deadLetters(MARKET_CHAINS.name)),
    ];
    await expect.poll(async () => (await letters()).length).toBe(malformed.length);
    await expect
      .poll(async () => (await queue.deadJobs(RETRY_JOBS.chain)).length, { timeout: longestMs(2 * TRIES_MS) })
      .toBe(failing.length);
    const dead = await letters();
    const jobs = await queue.deadJobs(RETRY_JOBS.chain);
    const [cleanP99, poisonedP99] = [median(clean), median(poisoned)];
    const ratios = clean.map((each, i) => poisoned[i] / each);
    const most = Math.max(...dead.map(({ deliveries }) => deliveries), ...jobs.map(({ tries }) => 1 + tries));
    process.stdout.write(
      `poison: ${malformed.length} malformed and ${failing.length} failing among ${healthy} healthy: all dead with their reason after ` +
        `at most ${most} tries; p99 of the healthy, medians of ${PAIRS} interleaved rounds: ${cleanP99.toFixed(1)} ms without, ` +
        `${poisonedP99.toFixed(1)} ms with; ratio of a pair: median ${median(ratios).toFixed(2)}, quartiles ${quantile(ratios, 0.25).toFixed(2)} and ` +
        `${quantile(ratios, 0.75).toFixed(2)}\n`,
    );
    for (const { deliveries, reason } of dead) {
      expect(deliveries).toBe(1);
      expect(reason).toMatch(/^(market:|NIFTY 2026-08-26 at )/);
    }
    for (const reason of malformed)
      expect(
        dead.some((letter) => reason.test(letter.reason)),
        `${reason}`,
      ).toBe(true);
    for (const { reason } of jobs) expect(reason).toMatch(/NOPERM/);
    expect(most).toBeLessThanOrEqual(MAX_TRIES);
    // Of the rounds in the middle: one pause of a busy machine is the 99th percentile of its round.
    expect(poisonedP99).toBeLessThan(longestBesideMs(cleanP99));

    // The failure mended, nothing of it was lost.
    await redis.call('ACL', 'SETUSER', 'worker', '~*');
    for (const { id } of jobs) expect(await queue.replay(id)).toBe(true);
    await expect
      .poll(async () => compareStored(failing, (await readStoredMarket(stand.marketFolder)).messages).lost)
      .toEqual([]);
    await queue.close();
    await bus.close();
  });
});
