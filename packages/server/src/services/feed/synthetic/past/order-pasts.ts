import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import { PAST_JOB, pastPayload } from '../../../../kit/past-order.ts';
import type { Queue } from '../../../../ports/queue.ts';
import type { FeedSourceConfig } from '../../feed-config.ts';
import { DEFAULT_PRODUCTS, SYNTHETIC } from '../synthetic-settings.ts';

/** Orders the past of each synthetic product, for later: the market begins without it. Never rejects. */
export async function orderPasts(
  queue: Queue,
  source: FeedSourceConfig,
  { nowMs, logger }: { readonly nowMs: number; readonly logger: Logger },
): Promise<void> {
  if (source.kind !== 'synthetic') return;
  const { products = DEFAULT_PRODUCTS, startMs = nowMs, ...config } = source;
  if ((config.syntheticHistory ?? SYNTHETIC.defaults.syntheticHistory) === 0) return;
  try {
    for (const product of products) {
      await queue.add(PAST_JOB, pastPayload({ product, startMs, config }), { key: product });
    }
  } catch (error) {
    logger.event('past_not_ordered', { reason: reasonOf(error) });
  }
}
