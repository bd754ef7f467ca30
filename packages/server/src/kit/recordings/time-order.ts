import type { Logger } from '../logging/log.ts';

/** Products that are quoted side by side are within seconds of each other in any recording. */
const LEAST_STEP_BACK_MS = 60_000;

/**
 * Says, once, that a recording goes back in time, as one that holds product after product does: it is played in its own order.
 * Told of each of its instants, epoch ms.
 */
export function createTimeOrderReport(
  logger: Pick<Logger, 'event'>,
): (timestamp: number, product: string) => void {
  let newest = Number.NEGATIVE_INFINITY;
  let isSaid = false;
  return (timestamp, product) => {
    if (!isSaid && timestamp < newest - LEAST_STEP_BACK_MS) {
      isSaid = true;
      const [from, to] = [newest, timestamp].map((at) => new Date(at).toISOString());
      logger.event('recording_goes_back', { product, from, to });
    }
    if (timestamp > newest) newest = timestamp;
  };
}
