import { ENRICHED_SURFACES, type SurfaceFit } from '@deltastream/contracts';
import { Counter, type Registry } from 'prom-client';
import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { Bus, Subscription } from '../../../../ports/bus.ts';
import type { Queue, QueueWorker } from '../../../../ports/queue.ts';
import type { MarketReader } from '../../../../ports/stores/market-store.ts';
import { unexpired } from '../../expiry-choice.ts';
import type { Surfaces } from './surfaces.ts';

export interface SurfaceJobs {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const PLAN_JOB = 'plan-surfaces';
const FIT_JOB = 'fit-surface';

/** Rises with every snapshot that comes, also with one that has the timestamp of another expiry's. */
const progressOf = (timestamps: readonly number[]): number => timestamps.reduce((sum, each) => sum + each, 0);

/**
 * Fits the surface of every product of which new chains were stored, at most once per interval, whatever
 * the number of processes: one plans, any fits, and who fits twice publishes the same twice. Without bus
 * and queue, or with an interval of 0, nothing is fitted but what is asked for.
 */
export function createSurfaceJobs(
  ports: {
    readonly store: MarketReader;
    readonly surfaces: Surfaces;
    readonly bus?: Bus;
    readonly queue?: Queue;
    readonly logger: Logger;
    readonly metrics: Registry;
  },
  intervalMs: number,
): SurfaceJobs {
  const { store, surfaces, bus, queue, logger, metrics } = ports;
  const fitted = new Counter({
    name: 'deltastream_analytics_surfaces_total',
    help: 'Surfaces fitted and published',
    registers: [metrics],
  });
  /** Of each product, the progress of the surface last published by any process. */
  const published = new Map<string, number>();
  const running: (Subscription | QueueWorker)[] = [];

  const remember = (fit: SurfaceFit) => {
    published.set(fit.product, progressOf(fit.slices.map(({ timestamp }) => timestamp)));
    surfaces.add(fit);
  };

  const planOne = async (jobs: Queue, product: string) => {
    const expiries = await store.expiries(product);
    if (expiries.length === 0) return;
    const progress = progressOf(unexpired(expiries).map(({ lastTimestamp }) => lastTimestamp));
    if (progress === published.get(product)) return;
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
        remember(ENRICHED_SURFACES.frames.decode(frame)),
      );
      running.push(follow);
      if (intervalMs === 0) return;
      const fitAndPublish = async (payload: Uint8Array) => {
        const fit = await surfaces.newest(new TextDecoder().decode(payload));
        // At once, or a plan before the follower's delivery would ask for the same surface again.
        remember(fit);
        await bus.publish(ENRICHED_SURFACES.name, ENRICHED_SURFACES.frames.encode(fit));
        fitted.inc();
      };
      running.push(await queue.process(FIT_JOB, ({ payload }) => fitAndPublish(payload)));
      running.push(await queue.process(PLAN_JOB, () => plan(queue)));
      await queue.schedule(PLAN_JOB, PLAN_JOB, new Uint8Array(), intervalMs);
    },
    async stop() {
      await Promise.all(running.splice(0).map((part) => part.stop()));
    },
  };
}
