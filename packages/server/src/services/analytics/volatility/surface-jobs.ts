import { ENRICHED_SURFACES, type SurfaceFit } from '@deltastream/contracts';
import { Counter, Histogram, type Registry } from 'prom-client';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { unexpired, unexpiredChains } from '../expiry-choice.ts';
import { fitSurface } from './fit-surface.ts';

export interface SurfaceJobs {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The surface last published by any process; fitted now where none was heard of yet. */
  surface(product: string): Promise<SurfaceFit>;
}

const PLAN_JOB = 'plan-surfaces';
const FIT_JOB = 'fit-surface';

/**
 * Fits the surface of every product of which new chains were stored, at most once per interval, whatever
 * the number of processes: one plans, any fits, and who fits twice publishes the same twice. Without bus
 * and queue, or with an interval of 0, nothing is fitted but what is asked for.
 */
export function createSurfaceJobs(
  ports: {
    readonly store: MarketReader;
    readonly bus?: Bus;
    readonly queue?: Queue;
    readonly logger: Logger;
    readonly metrics: Registry;
  },
  intervalMs: number,
): SurfaceJobs {
  const { store, bus, queue, logger, metrics } = ports;
  const registers = [metrics];
  const published = new Counter({
    name: 'deltastream_analytics_surfaces_total',
    help: 'Surfaces fitted and published',
    registers,
  });
  const seconds = new Histogram({
    name: 'deltastream_analytics_surface_seconds',
    help: 'Time to read and fit the surface of one product',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  });
  const heard = new Map<string, SurfaceFit>();
  const running: (Subscription | QueueWorker)[] = [];

  const hear = (fit: SurfaceFit) => {
    if (fit.timestamp >= (heard.get(fit.product)?.timestamp ?? 0)) heard.set(fit.product, fit);
  };

  const fitNow = async (product: string): Promise<SurfaceFit> => {
    const begun = performance.now();
    const fit = await fitSurface(await unexpiredChains(store, product));
    seconds.observe((performance.now() - begun) / 1000);
    return fit;
  };

  const planOne = async (jobs: Queue, product: string) => {
    const expiries = await store.expiries(product);
    if (expiries.length === 0) return;
    const newest = Math.max(...unexpired(expiries).map(({ lastTimestamp }) => lastTimestamp));
    if (newest === heard.get(product)?.timestamp) return;
    await jobs.add(FIT_JOB, new TextEncoder().encode(product), { key: product });
  };

  /** What fails here is tried again by the next plan. */
  const plan = async (jobs: Queue) => {
    try {
      for (const { product } of await store.products()) await planOne(jobs, product);
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'surfaces are not fitted this time');
    }
  };

  return {
    async start() {
      if (!bus || !queue) return;
      const follow = await bus.follow(ENRICHED_SURFACES.name, 'latest', ({ frame }) =>
        hear(ENRICHED_SURFACES.frames.decode(frame)),
      );
      running.push(follow);
      if (intervalMs === 0) return;
      const fitAndPublish = async (payload: Uint8Array) => {
        const fit = await fitNow(new TextDecoder().decode(payload));
        // At once, or a plan before the follower's delivery would ask for the same surface again.
        hear(fit);
        await bus.publish(ENRICHED_SURFACES.name, ENRICHED_SURFACES.frames.encode(fit));
        published.inc();
      };
      running.push(await queue.process(FIT_JOB, ({ payload }) => fitAndPublish(payload)));
      running.push(await queue.process(PLAN_JOB, () => plan(queue)));
      await queue.schedule(PLAN_JOB, PLAN_JOB, new Uint8Array(), intervalMs);
    },
    async stop() {
      await Promise.all(running.splice(0).map((part) => part.stop()));
    },
    surface: async (product) => heard.get(product) ?? fitNow(product),
  };
}
