import { setTimeout as sleep } from 'node:timers/promises';
import { isPermanent, reasonOf } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';

const FIRST_RETRY_MS = 100; // Doubles up to the setting `maxRetryMs`.

interface FramePublisherParts {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly maxRetryMs: number;
  /** Aborts when the feed stops. */
  readonly stopping: () => AbortSignal;
  /** Told of each further try. */
  readonly onRetry: () => void;
}

/**
 * Publishes a frame, again and again until the bus takes it, encoded anew at every try; gives the one that was taken, null when
 * the feed was stopped before that. Rejects with what no further try can mend.
 */
export type PublishFrame = (topic: string, frame: () => Uint8Array) => Promise<Uint8Array | null>;

export function createFramePublisher(parts: FramePublisherParts): PublishFrame {
  const { bus, logger, maxRetryMs, stopping, onRetry } = parts;
  return async (topic, frame) => {
    for (let retry = 0; !stopping().aborted; retry++) {
      const encoded = frame();
      try {
        await bus.publish(topic, encoded);
        return encoded;
      } catch (error) {
        if (isPermanent(error)) throw error;
        if (stopping().aborted) return null;
        onRetry();
        const delay = Math.min(FIRST_RETRY_MS * 2 ** retry, maxRetryMs);
        logger.event('feed_publish_retried', { topic, retry, delay_ms: delay, reason: reasonOf(error) });
        await sleep(delay, undefined, { signal: stopping() }).catch(() => undefined);
      }
    }
    return null;
  };
}
