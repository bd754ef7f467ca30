import { expiriesInUse } from '@deltastream/contracts';
import type { Counter } from 'prom-client';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';

/** What is computed of every product and published. */
export interface ProductWork<Result> {
  /** In the log. */
  readonly what: string;
  readonly planJob: string;
  readonly computeJob: string;
  readonly topic: {
    readonly name: string;
    readonly frames: { encode(result: Result): Uint8Array; decode(frame: Uint8Array): Result };
  };
  /** Counts what this process published. */
  readonly counted: Pick<Counter, 'inc'>;
  /** 0: nothing is computed but what is asked for. */
  readonly intervalMs: number;
  /** A chain further behind the newest of its product is in no result. */
  readonly maxExpiryLagMs: number;
  /** How long a result stands while no chain comes: a correction has the timestamp of what it replaces. */
  readonly maxAgeMs: number;
  /** `progressOf` the timestamps of the chains that a result is of. */
  readonly progress: (result: Result) => number;
  /** The result of the newest chains of a product. Rejects with `no_data` where all of them were removed. */
  readonly compute: (product: string) => Promise<Result>;
  /** Takes what any process published, this one included; false where it is not of what the store holds. */
  readonly take: (result: Result) => boolean;
}

export interface ProductJobs {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Rises with every snapshot that comes, also with one that has the timestamp of another expiry's. */
export const progressOf = (timestamps: readonly number[]): number =>
  timestamps.reduce((sum, each) => sum + each, 0);

/**
 * Computes the result of every product of which new chains were stored, at most once per interval, whatever the number
 * of processes: one plans, any computes, and who computes twice publishes the same twice. Without bus and queue, or with
 * an interval of 0, nothing is computed but what is asked for.
 */
export function createProductJobs<Result extends { readonly product: string }>(
  ports: {
    readonly store: MarketReader;
    readonly bus?: Bus;
    readonly queue?: Queue;
    readonly logger: Logger;
  },
  work: ProductWork<Result>,
): ProductJobs {
  const { store, bus, queue, logger } = ports;
  const { what, planJob, computeJob, topic, intervalMs, maxAgeMs, maxExpiryLagMs } = work;
  /**
   * Of each product, what was last published by any process, or found by this one to have no chains any more; there are
   * as many as products are stored.
   */
  const settled = new Map<string, { readonly progress: number; readonly sinceMs: number }>();
  const running: (Subscription | QueueWorker)[] = [];

  const remember = (result: Result) => {
    if (!work.take(result)) return;
    settled.set(result.product, { progress: work.progress(result), sinceMs: performance.now() });
  };

  /** Null for a product of which only prices are stored. */
  const newestProgress = async (product: string): Promise<number | null> => {
    const expiries = await store.expiries(product);
    if (expiries.length === 0) return null;
    return progressOf(
      expiriesInUse(expiries, maxExpiryLagMs).current.map(({ lastTimestamp }) => lastTimestamp),
    );
  };

  /** Null where the chains that the catalogue has of a product were removed, which it outlives. */
  const compute = async (product: string): Promise<Result | null> => {
    const progress = await newestProgress(product);
    try {
      return await work.compute(product);
    } catch (error) {
      if (!(error instanceof DeltaStreamError && error.code === 'no_data')) throw error;
      if (progress !== null) settled.set(product, { progress, sinceMs: performance.now() });
      return null;
    }
  };

  const planOne = async (jobs: Queue, product: string) => {
    const progress = await newestProgress(product);
    if (progress === null) return;
    const last = settled.get(product);
    if (last?.progress === progress && performance.now() - last.sinceMs < maxAgeMs) return;
    await jobs.add(computeJob, new TextEncoder().encode(product), { key: product });
  };

  /** What fails here is tried again by the next plan. */
  const plan = async (jobs: Queue) => {
    try {
      for (const { product } of await store.products()) await planOne(jobs, product);
    } catch (error) {
      logger.event('product_job_failed', { reason: reasonOf(error) }, `${what} are not computed this time`);
    }
  };

  return {
    async start() {
      if (!bus || !queue) return;
      running.push(
        await bus.follow(topic.name, 'latest', ({ frame }) => remember(topic.frames.decode(frame))),
      );
      if (intervalMs === 0) return;
      const computeAndPublish = async (payload: Uint8Array) => {
        const result = await compute(new TextDecoder().decode(payload));
        if (result === null) return;
        // At once, or a plan before the follower's delivery would ask for the same again.
        remember(result);
        await bus.publish(topic.name, topic.frames.encode(result));
        work.counted.inc();
      };
      running.push(await queue.process(computeJob, ({ payload }) => computeAndPublish(payload)));
      running.push(await queue.process(planJob, () => plan(queue)));
      await queue.schedule(planJob, planJob, new Uint8Array(), intervalMs);
    },
    async stop() {
      await Promise.all(running.splice(0).map((part) => part.stop()));
    },
  };
}
