import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { openSqliteMarketReader } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createRandom } from '../../packages/server/src/services/feed/synthetic/random.ts';
import {
  type MarketFrame,
  storeContents,
  storedAfter,
} from '../../packages/server/src/testing/pipeline.fixture.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { createNumbering } from '../support/market/market-traffic.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const PRODUCTS = ['NIFTY', 'SENSEX', 'BTC', 'AAPL'];
const TICKS = 1000;
const CHAINS = 250;
const DUPLICATED = 0.1;
const MISSING = 0.01;
const PUBLISHED_AT_ONCE = 32;
const SEED = 20_260_819;

interface Numbered extends MarketFrame {
  readonly kind: 'tick' | 'chain';
  readonly product: string;
  readonly seq: number;
}

function sortedInput(): Numbered[] {
  const numbering = createNumbering();
  const messages: Numbered[] = [];
  for (const product of PRODUCTS) {
    for (let i = 0; i < TICKS; i++) {
      const message = numbering.tick(product);
      const frame = MARKET_TICKS.frames.encode(message);
      messages.push({ kind: 'tick', product, seq: message.seq, topic: MARKET_TICKS.name, frame });
    }
    for (let i = 0; i < CHAINS; i++) {
      const message = numbering.chain(product);
      const frame = MARKET_CHAINS.frames.encode(message);
      messages.push({ kind: 'chain', product, seq: message.seq, topic: MARKET_CHAINS.name, frame });
    }
  }
  return messages;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

describe.runIf(haveRedisServer())('input in disorder', () => {
  let stand: RedisStand;
  beforeAll(async () => {
    stand = await openRedisStand();
  });
  afterAll(() => stand.end());

  it('gives the store of the sorted input, and the exact number of what is missing', async () => {
    const random = createRandom(SEED).uniform;
    const all = sortedInput();
    const last = { tick: TICKS, chain: CHAINS };
    const isEdge = ({ kind, seq }: Numbered) => seq === 1 || seq === last[kind];
    // The ends of a series are kept: nobody can count what is missing before the first and after the last.
    const kept = all.filter((each) => isEdge(each) || random() >= MISSING);
    const dropped = all.length - kept.length;
    const repeated = kept.filter(() => random() < DUPLICATED);
    const oracle = await storedAfter(kept, 1);

    const front = await stand.start('storage,gateway');
    await Promise.all([stand.start('enricher'), stand.start('enricher')]);
    const bus = await createRedisBus({ url: stand.redis.url });
    const publish = async (messages: readonly Numbered[]) => {
      for (let i = 0; i < messages.length; i += PUBLISHED_AT_ONCE) {
        const some = messages.slice(i, i + PUBLISHED_AT_ONCE);
        await Promise.all(some.map(({ topic, frame }) => bus.publish(topic, frame)));
      }
      await bus.drained();
    };
    const begun = performance.now();
    const isFirst = ({ seq }: Numbered) => seq === 1;
    await publish(kept.filter(isFirst));
    await publish(shuffled([...kept.filter((each) => !isFirst(each)), ...repeated], random));
    const seconds = (performance.now() - begun) / 1000;

    const reader = await openSqliteMarketReader(stand.marketFolder);
    const stored = await storeContents(reader);
    await reader.close();
    const gaps = await metricSum(front.url, 'deltastream_storage_gap_messages');
    process.stdout.write(
      `disorder: ${kept.length} messages shuffled, ${repeated.length} repeated, ${dropped} missing, two enrichers, ` +
        `${seconds.toFixed(1)} s: ${stored.ticks.length + stored.chains.length} stored as from sorted input, ${gaps} gaps counted\n`,
    );
    expect(stored).toEqual(oracle);
    expect(stored.ticks.length + stored.chains.length).toBe(kept.length);
    expect(dropped).toBeGreaterThan(0);
    expect(gaps).toBe(dropped);
    for (const product of PRODUCTS) {
      for (const kind of ['tick', 'chain'] as const) {
        const missing =
          last[kind] - kept.filter((each) => each.product === product && each.kind === kind).length;
        const labels = `kind="${kind}",product="${product}"`;
        expect(await metricSum(front.url, 'deltastream_storage_gap_messages', labels), labels).toBe(missing);
      }
    }
    await bus.close();
  });
});
