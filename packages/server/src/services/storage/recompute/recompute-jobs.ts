import type { RecomputeOrder, RecomputeProgress } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { RECOMPUTE_JOB, readRecompute } from '../../../kit/recompute-order.ts';
import type { Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { type FigureSources, type RecomputeSettings, recompute } from './recompute.ts';
import { createMarkFile } from './recompute-mark.ts';

/** What recomputing needs beyond a storage service. */
export interface Recomputation {
  /** For one run, loaded with it: most processes never have one. */
  readonly open: () => Promise<{
    readonly sources: FigureSources;
    /** Release, settings and data that results depend on: an interrupted run is taken up where all are the same. */
    readonly identity: object;
  }>;
  /** Where marks of interrupted runs are. */
  readonly folder: string;
}

export interface RecomputeJobs {
  start(): Promise<void>;
  /** The run under way ends; given again, its order goes on from its mark. */
  stop(): Promise<void>;
}

/**
 * Carries out recomputations that were ordered through the queue, one at a time, in turns beside what is stored live.
 * `written` is told of every product and expiry that was put.
 */
export function createRecomputeJobs(
  ports: {
    readonly store: MarketStore;
    readonly queue: Queue;
    readonly logger: Logger;
    readonly written: (product: string, expiry: string, timestamp: number) => Promise<void>;
  },
  recomputation: Recomputation,
  settings: RecomputeSettings,
): RecomputeJobs {
  const { store, queue, logger, written } = ports;
  const stopping = new AbortController();
  const workers: QueueWorker[] = [];

  const writer: Pick<MarketStore, 'putSnapshots' | 'putProductFigures'> = {
    async putSnapshots(chains) {
      await store.putSnapshots(chains);
      const last = chains.at(-1);
      if (last) await written(last.product, last.expiry, last.timestamp);
    },
    putProductFigures: (figures) => store.putProductFigures(figures),
  };

  const run = async (
    order: RecomputeOrder,
    report: (progress: RecomputeProgress) => Promise<void>,
  ): Promise<void> => {
    const begun = performance.now();
    const { sources, identity } = await recomputation.open();
    const mark = createMarkFile(recomputation.folder, { ...identity, order });
    const ports = { store, writer, sources, mark, report, signal: stopping.signal };
    try {
      const { figures, damaged, ...result } = await recompute(ports, order, settings);
      const seconds = (performance.now() - begun) / 1000;
      logger.event('recompute_completed', { ...order, ...result, figures: figures.length, damaged, seconds });
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      throw new DeltaStreamError(
        'stopped',
        'the recomputation was stopped; it goes on when it is given again',
      );
    }
  };

  return {
    async start() {
      const handle = (
        { payload }: { readonly payload: Uint8Array },
        report: (progress: object) => Promise<void>,
      ) => run(readRecompute(payload), report);
      workers.push(await queue.process(RECOMPUTE_JOB, handle));
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
  };
}
