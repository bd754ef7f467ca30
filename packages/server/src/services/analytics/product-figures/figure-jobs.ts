import { ENRICHED_FIGURES, type ProductFigures } from '@deltastream/contracts';
import { Counter, Histogram, type Registry } from 'prom-client';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { Queue, QueueWorker } from '../../../ports/queue.ts';
import { isLaterFigures, type MarketReader } from '../../../ports/stores/market-store.ts';
import { unexpired, unexpiredExpiries } from '../expiry-choice.ts';
import { type ProductSources, productFigures } from './product-figures.ts';

export interface FigureJobs {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The figures of what is stored now: those last published by any process, or computed where a chain came since. */
  latest(product: string): Promise<ProductFigures>;
}

const PLAN_JOB = 'plan-figures';
const COMPUTE_JOB = 'compute-figures';

/**
 * Computes the figures of every product of which a new chain was stored, at most once per interval, whatever the number
 * of processes: one plans, any computes, and who computes twice publishes the same twice. Without bus and queue, or with
 * an interval of 0, nothing is computed but what is asked for.
 */
export function createFigureJobs(
  ports: {
    readonly store: MarketReader;
    readonly bus?: Bus;
    readonly queue?: Queue;
    readonly logger: Logger;
    readonly metrics: Registry;
  },
  sources: ProductSources,
  intervalMs: number,
): FigureJobs {
  const { store, bus, queue, logger, metrics } = ports;
  const registers = [metrics];
  const published = new Counter({
    name: 'deltastream_analytics_product_figures_total',
    help: 'Times that the figures of a product were computed and published',
    registers,
  });
  const seconds = new Histogram({
    name: 'deltastream_analytics_product_figures_seconds',
    help: 'Time to read and compute the figures of one product',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  });
  /** Of each product, the latest that any process published; there are as many as products are stored. */
  const heard = new Map<string, ProductFigures>();
  const running: (Subscription | QueueWorker)[] = [];

  const hear = (figures: ProductFigures) => {
    const held = heard.get(figures.product);
    if (held === undefined || !isLaterFigures(held, figures)) heard.set(figures.product, figures);
  };

  const compute = async (product: string): Promise<ProductFigures> => {
    const begun = performance.now();
    const figures = await productFigures(sources, store, product);
    seconds.observe((performance.now() - begun) / 1000);
    return figures;
  };

  /** True where the figures heard of are those of the chains that are stored. */
  const isCurrent = (product: string, expiries: readonly { readonly lastTimestamp: number }[]) =>
    heard.get(product)?.progress === expiries.reduce((sum, { lastTimestamp }) => sum + lastTimestamp, 0);

  const planOne = async (jobs: Queue, product: string) => {
    const expiries = await store.expiries(product);
    if (expiries.length === 0 || isCurrent(product, unexpired(expiries))) return;
    await jobs.add(COMPUTE_JOB, new TextEncoder().encode(product), { key: product });
  };

  /** What fails here is tried again by the next plan. */
  const plan = async (jobs: Queue) => {
    try {
      for (const { product } of await store.products()) await planOne(jobs, product);
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'figures of products are not computed this time');
    }
  };

  return {
    async start() {
      if (!bus || !queue) return;
      const follow = await bus.follow(ENRICHED_FIGURES.name, 'latest', ({ frame }) =>
        hear(ENRICHED_FIGURES.frames.decode(frame)),
      );
      running.push(follow);
      if (intervalMs === 0) return;
      const computeAndPublish = async (payload: Uint8Array) => {
        const figures = await compute(new TextDecoder().decode(payload));
        // At once, or a plan before the follower's delivery would ask for the same again.
        hear(figures);
        await bus.publish(ENRICHED_FIGURES.name, ENRICHED_FIGURES.frames.encode(figures));
        published.inc();
      };
      running.push(await queue.process(COMPUTE_JOB, ({ payload }) => computeAndPublish(payload)));
      running.push(await queue.process(PLAN_JOB, () => plan(queue)));
      await queue.schedule(PLAN_JOB, PLAN_JOB, new Uint8Array(), intervalMs);
    },
    async stop() {
      await Promise.all(running.splice(0).map((part) => part.stop()));
    },
    async latest(product) {
      const expiries = await unexpiredExpiries(store, product);
      const known = heard.get(product);
      return known !== undefined && isCurrent(product, expiries) ? known : compute(product);
    },
  };
}
