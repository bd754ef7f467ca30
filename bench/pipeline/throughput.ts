import { MARKET_CHAINS } from '@deltastream/contracts';
import { measuredChain } from './frame-sizes.ts';
import { limitProcessors, processorSeconds } from './processor-time.ts';
import { startStack } from './stack.ts';

export interface ThroughputOptions {
  readonly enrichers: number;
  readonly chains: number;
  /** Share of one core that each enricher may use; no limit by default. */
  readonly enricherShare?: number;
  /** Whether a mirror publishes results as JSON on the same Redis. */
  readonly mirror?: boolean;
}

/** Processor time of one chain, microseconds, by process; of enrichers together. */
export interface ProcessorTime {
  readonly publisher: number;
  readonly redis: number;
  readonly enrichers: number;
  readonly storage: number;
  readonly mirror: number;
}

export interface Throughput {
  readonly chainsPerSecond: number;
  readonly microseconds: ProcessorTime;
}

const PRODUCTS = 20;
const PUBLISHED_AT_ONCE = 32;
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Until every process runs compiled code. */
const WARM_UP_CHAINS = 4_000;
const START = Date.UTC(2026, 7, 19, 6);

/** Publishes chains of 200 rows as fast as they are taken, until all of them are in the store. */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { chains } = options;
  const names = ['storage,gateway', ...Array.from({ length: options.enrichers }, () => 'enricher')];
  const stack = await startStack([...names, ...(options.mirror ? ['mirror'] : [])], MAX_BACKLOG_BYTES);
  const [storage, ...others] = stack.processes.map(({ pid }) => pid);
  const enrichers = others.slice(0, options.enrichers);
  const mirrors = others.slice(options.enrichers);
  const raw = measuredChain();

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
  const used = (): ProcessorTime => ({
    publisher: processorSeconds(process.pid),
    redis: processorSeconds(stack.redisPid),
    enrichers: enrichers.reduce((sum, pid) => sum + processorSeconds(pid), 0),
    storage: processorSeconds(storage),
    mirror: mirrors.reduce((sum, pid) => sum + processorSeconds(pid), 0),
  });

  await publish(WARM_UP_CHAINS);
  const letGo = options.enricherShare ? limitProcessors(enrichers, options.enricherShare) : () => {};
  const before = used();
  const begun = performance.now();
  await publish(chains);
  const seconds = (performance.now() - begun) / 1000;
  const after = used();
  letGo();
  await stack.stop();
  const each = (name: keyof ProcessorTime) => ((after[name] - before[name]) / chains) * 1e6;
  return {
    chainsPerSecond: chains / seconds,
    microseconds: {
      publisher: each('publisher'),
      redis: each('redis'),
      enrichers: each('enrichers'),
      storage: each('storage'),
      mirror: each('mirror'),
    },
  };
}
