import { createMeter } from '../../kit/health/meter.ts';

/** What a feed counts. Labels are few and fixed. */
export function createFeedMetrics() {
  const { registry, counter, gauge } = createMeter('feed');
  return {
    registry,
    sent: counter('messages_total', 'Messages published', 'kind'),
    rejected: counter('rejected_total', 'Parts of the source that could not be used, by reason', 'reason'),
    publishRetries: counter('publish_retries_total', 'Publications tried again'),
    conflated: counter(
      'conflated_total',
      'Chains not sent because consumers were behind and a newer one was there',
    ),
    lag: gauge('lag_seconds', 'How far behind its due time the last message was sent; 0 at full speed'),
  };
}
