import { MARKET_CHAINS } from '@deltastream/contracts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain.fixture.ts';
import { processorSeconds } from './processor-time.ts';
import { startStack } from './stack.ts';

export interface Throughput {
  readonly chainsPerSecond: number;
  /** Processor time of one chain, microseconds, by process. */
  readonly enricherMicroseconds: number;
  readonly storageMicroseconds: number;
  readonly redisMicroseconds: number;
  readonly publisherMicroseconds: number;
}

const PRODUCTS = 20;
const PUBLISHED_AT_ONCE = 32;
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;
const WARM_UP_CHAINS = 1_000;
const START = Date.UTC(2026, 7, 19, 6);

/** Publishes chains of 200 rows as fast as they are taken, until all of them are in the store. */
export async function measureThroughput(workers: number, chains: number): Promise<Throughput> {
  const names = ['storage,gateway', ...Array.from({ length: workers }, () => 'enricher')];
  const stack = await startStack(names, MAX_BACKLOG_BYTES);
  const [storage, ...enrichers] = stack.processes.map(({ pid }) => pid);
  const strikes = Array.from({ length: 100 }, (_, i) => 21_500 + 50 * i);
  const sigma = (strike: number) => 0.14 + ((strike - 24_000) / 24_000) ** 2;
  const raw = pricedChain({ strikes, sigma, days: 12, halfSpread: 0.05, tick: 0.05 });

  let seq = 0;
  const publish = async (count: number) => {
    const end = seq + count;
    await Promise.all(
      Array.from({ length: PUBLISHED_AT_ONCE }, async () => {
        while (seq < end) {
          seq += 1;
          const timestamp = START + Math.floor(seq / PRODUCTS) * 1000;
          const chain = { ...raw, product: `P${seq % PRODUCTS}`, timestamp, seq };
          await stack.bus.publish(MARKET_CHAINS.name, MARKET_CHAINS.frames.encode(chain));
        }
      }),
    );
    await stack.bus.drained();
  };
  const used = () => ({
    enrichers: enrichers.reduce((sum, pid) => sum + processorSeconds(pid), 0),
    storage: processorSeconds(storage),
    redis: processorSeconds(stack.redisPid),
    publisher: processorSeconds(process.pid),
  });

  await publish(WARM_UP_CHAINS);
  const before = used();
  const begun = performance.now();
  await publish(chains);
  const seconds = (performance.now() - begun) / 1000;
  const after = used();
  await stack.stop();
  const each = (name: keyof typeof before) => ((after[name] - before[name]) / chains) * 1e6;
  return {
    chainsPerSecond: chains / seconds,
    enricherMicroseconds: each('enrichers'),
    storageMicroseconds: each('storage'),
    redisMicroseconds: each('redis'),
    publisherMicroseconds: each('publisher'),
  };
}

/** Bytes on the bus of one chain of 200 rows. */
export async function frameBytes(): Promise<{ raw: number; enriched: number }> {
  const { createChainEnricher } = await import('../../packages/server/src/services/enricher/enrich-chain.ts');
  const { ENRICHED_CHAINS } = await import('@deltastream/contracts');
  const raw = pricedChain({ strikes: Array.from({ length: 100 }, (_, i) => 21_500 + 50 * i) });
  return {
    raw: MARKET_CHAINS.frames.encode(raw).length,
    enriched: ENRICHED_CHAINS.frames.encode(createChainEnricher({ rate: 0 })(raw)).length,
  };
}
