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

export interface FigureJobsSettings {
  readonly intervalMs: number;
  /** How long published figures are taken as they are: a correction of what they are of has its timestamp. */
  readonly maxAgeMs: number;
  /** What the store holds; figures of another dataset on the bus are not taken. */
  readonly dataset?: string;
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
  { intervalMs, maxAgeMs, dataset }: FigureJobsSettings,
): FigureJobs {
  const { store, bus, queue, logger, metrics } = ports;
  const registers = [metrics];
  const computed = new Counter({
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
  const published = new Map<string, { readonly figures: ProductFigures; readonly sinceMs: number }>();
  const running: (Subscription | QueueWorker)[] = [];

  const remember = (figures: ProductFigures) => {
    const held = published.get(figures.product);
    if (held !== undefined && isLaterFigures(held.figures, figures)) return;
    published.set(figures.product, { figures, sinceMs: performance.now() });
  };

  const rememberOwn = ({ dataset: ofOthers, ...figures }: ProductFigures) => {
    if (ofOthers === undefined || dataset === undefined || ofOthers === dataset) remember(figures);
  };

  const compute = async (product: string): Promise<ProductFigures> => {
    const begun = performance.now();
    const figures = await productFigures(sources, store, product, 'live');
    seconds.observe((performance.now() - begun) / 1000);
    return figures;
  };

  /** The figures published last, where they are of the chains that are stored and no correction can be missing. */
  const current = (
    product: string,
    expiries: readonly { readonly lastTimestamp: number }[],
  ): ProductFigures | null => {
    const held = published.get(product);
    if (held === undefined || performance.now() - held.sinceMs >= maxAgeMs) return null;
    const progress = expiries.reduce((sum, { lastTimestamp }) => sum + lastTimestamp, 0);
    return held.figures.progress === progress ? held.figures : null;
  };

  const planOne = async (jobs: Queue, product: string) => {
    const expiries = await store.expiries(product);
    if (expiries.length === 0 || current(product, unexpired(expiries)) !== null) return;
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
        rememberOwn(ENRICHED_FIGURES.frames.decode(frame)),
      );
      running.push(follow);
      if (intervalMs === 0) return;
      const computeAndPublish = async (payload: Uint8Array) => {
        const figures = await compute(new TextDecoder().decode(payload));
        // At once, or a plan before the follower's delivery would ask for the same again.
        remember(figures);
        await bus.publish(
          ENRICHED_FIGURES.name,
          ENRICHED_FIGURES.frames.encode({ ...figures, ...(dataset && { dataset }) }),
        );
        computed.inc();
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
      return current(product, expiries) ?? compute(product);
    },
  };
}
