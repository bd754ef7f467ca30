import type { ChannelKind } from '@deltastream/contracts';
import type { Registry } from 'prom-client';
import { createMeter } from '../../../../kit/health/meter.ts';
import type { DeliveryAttempt } from '../../../../ports/stores/alerts/alert-records.ts';

export interface DeliveryMetrics {
  attempted(kind: ChannelKind, outcome: DeliveryAttempt['outcome'], durationMs: number): void;
  /** Firings that are not delivered through a channel. */
  dropped(firings: number): void;
}

/** Upper bounds for the time of one try, in seconds. */
const BUCKETS = [0.05, 0.2, 1, 5, 15, 30];

export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const meter = createMeter('alerts_delivery', registry);
  const attempts = meter.counter('attempts_total', 'Tries to deliver alerts', 'kind', 'outcome');
  const seconds = meter.histogram('seconds', 'Time of one try to deliver alerts', BUCKETS, 'kind');
  const dropped = meter.counter('dropped_total', 'Firings that were given up for a channel');
  return {
    attempted(kind, outcome, durationMs) {
      attempts.inc({ kind, outcome });
      seconds.observe({ kind }, durationMs / 1_000);
    },
    dropped: (firings) => dropped.inc(firings),
  };
}
