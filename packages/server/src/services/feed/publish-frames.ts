import { setTimeout as sleep } from 'node:timers/promises';
import { isPermanent, reasonOf } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';

const FIRST_RETRY_MS = 100; // Doubles up to the setting `maxRetryMs`.

interface PublishRetriesParts {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly maxRetryMs: number;
  /** Aborts when the feed stops. */
  readonly stopping: () => AbortSignal;
  /** Told of each further try. */
  readonly onRetry: () => void;
}

/**
 * Publishes a frame that the bus did not take, again and again until it does, encoded anew at every try; gives the one that was
 * taken, null when the feed was stopped before that. Rejects with what no further try can mend.
 */
export type PublishAgain = (
  topic: string,
  frame: () => Uint8Array,
  failure: unknown,
) => Promise<Uint8Array | null>;

export function createPublishRetries(parts: PublishRetriesParts): PublishAgain {
  const { bus, logger, maxRetryMs, stopping, onRetry } = parts;
  return async (topic, frame, failure) => {
    let error = failure;
    for (let retry = 0; ; retry++) {
      if (isPermanent(error)) throw error;
      if (stopping().aborted) return null;
      onRetry();
      const delay = Math.min(FIRST_RETRY_MS * 2 ** retry, maxRetryMs);
      logger.event('feed_publish_retried', { topic, retry, delay_ms: delay, reason: reasonOf(error) });
      await sleep(delay, undefined, { signal: stopping() }).catch(() => undefined);
      if (stopping().aborted) return null;
      const encoded = frame();
      try {
        await bus.publish(topic, encoded);
        return encoded;
      } catch (next) {
        error = next;
      }
    }
  };
}
