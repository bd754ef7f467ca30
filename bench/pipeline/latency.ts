import { hrtime } from 'node:process';
import { MARKET_TICKS } from '@deltastream/contracts';
import { clientSamples } from '../latency/samples.ts';
import { quantile } from '../measure/statistics.ts';
import { startStack } from './stack.ts';

export interface Latency {
  readonly updates: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const PRODUCTS = Array.from({ length: 100 }, (_, i) => `P${i + 1}`);
const TICKS_PER_SECOND = 1_000;
const WARM_UP_MS = 3_000;
const MEASURE_MS = 10_000;

/** From publish here, through an enricher and a socket gateway in processes of their own, to a client in another. */
export async function measureLatency(): Promise<Latency> {
  const stack = await startStack(['storage', 'socket-gateway,gateway', 'enricher'], 256 * 1024 * 1024);
  const url = stack.processes.find(
    (each) => each.url !== '' && each.output().includes('socket-gateway'),
  )?.url;
  if (!url) throw new Error('the socket gateway has no address');
  const seqs = new Map<string, number>();
  const publish = (product: string) => {
    const seq = (seqs.get(product) ?? 0) + 1;
    seqs.set(product, seq);
    const tick = {
      ...{ product, timestamp: Date.now(), epoch: 'bench', seq, source: 'bench', currency: 'USD' },
      // The client reads the time of sending from the price.
      ...{ price: Number(hrtime.bigint() / 1000n), previous_close: null, quality: [] },
    };
    return stack.bus.publish(MARKET_TICKS.name, MARKET_TICKS.frames.encode(tick));
  };
  // Makes every product known before the client asks for its room.
  for (const product of PRODUCTS) await publish(product);
  await stack.bus.drained();
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * TICKS_PER_SECOND) / 1000);
    for (; sent < due; sent++) void publish(PRODUCTS[sent % PRODUCTS.length]);
  }, 1);
  const samples = await clientSamples(url, {
    products: PRODUCTS,
    warmUpMs: WARM_UP_MS,
    measureMs: MEASURE_MS,
  });
  clearInterval(timer);
  await stack.stop();
  return {
    updates: samples.length,
    p50Ms: quantile(samples, 0.5) / 1000,
    p99Ms: quantile(samples, 0.99) / 1000,
    maxMs: Math.max(...samples) / 1000,
  };
}
