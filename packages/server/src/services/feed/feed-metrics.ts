import { Counter, Gauge, Registry } from 'prom-client';

/** What a feed counts. Labels are few and fixed. */
export function createFeedMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    sent: new Counter({
      name: 'deltastream_feed_messages_total',
      help: 'Messages published',
      labelNames: ['kind'] as const,
      registers,
    }),
    rejected: new Counter({
      name: 'deltastream_feed_rejected_total',
      help: 'Parts of the source that could not be used, by reason',
      labelNames: ['reason'] as const,
      registers,
    }),
    publishRetries: new Counter({
      name: 'deltastream_feed_publish_retries_total',
      help: 'Publications tried again',
      registers,
    }),
    conflated: new Counter({
      name: 'deltastream_feed_conflated_total',
      help: 'Chains not sent because consumers were behind and a newer one was there',
      registers,
    }),
    lag: new Gauge({
      name: 'deltastream_feed_lag_seconds',
      help: 'How far behind its due time the last message was sent; 0 at full speed',
      registers,
    }),
  };
}
