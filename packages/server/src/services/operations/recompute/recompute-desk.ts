import type { RecomputeOrder, RecomputeProgress, RecomputeView } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import {
  RECOMPUTE_JOB,
  readRecompute,
  recomputePayload,
  recomputeRange,
} from '../../../kit/recompute-order.ts';
import type { JobView, Queue } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { createJobList, type JobList, jobView } from '../job-list.ts';

/** Orders recomputations, which storage carries out. */
export interface RecomputeDesk extends Pick<JobList<RecomputeView>, 'list' | 'find'> {
  /** Rejects with `invalid_request` or `unknown_product` when the order makes no sense. */
  order(order: RecomputeOrder): Promise<RecomputeView>;
}

export function createRecomputeDesk(queue: Queue, store: Pick<MarketReader, 'products'>): RecomputeDesk {
  const { add, list, find } = createJobList(queue, RECOMPUTE_JOB, recomputeView);
  return {
    list,
    find,
    async order({ from, to, products, figures, dry_run }) {
      recomputeRange({ from, to });
      const stored = new Set((await store.products()).map(({ product }) => product));
      const unknown = products?.find((product) => !stored.has(product));
      if (unknown !== undefined) {
        throw new DeltaStreamError('unknown_product', `there is no product ${unknown}`);
      }
      // In one order of fields, so that the same order has the same key and is taken up at its mark.
      const payload = recomputePayload({ from, to, products, figures, dry_run });
      return add(payload, new TextDecoder().decode(payload));
    },
  };
}

function recomputeView(job: JobView): RecomputeView {
  const order = readRecompute(job.payload);
  return {
    ...jobView(job),
    ...order,
    dry_run: order.dry_run ?? false,
    progress: job.progress as RecomputeProgress | null,
  };
}
