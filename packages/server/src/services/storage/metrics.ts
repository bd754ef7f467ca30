import type { Registry } from 'prom-client';
import { createMeter } from '../../kit/health/meter.ts';
import type { SequenceGaps } from './writing/sequence-gaps.ts';

/** Messages whose numbers say which are missing. */
export type NumberedKind = 'chain' | 'tick';
export type MessageKind = NumberedKind | 'figures';

export interface StorageMetrics {
  readonly registry: Registry;
  stored(kind: MessageKind, count: number, seconds: number): void;
  refused(kind: MessageKind): void;
  putFailed(kind: MessageKind): void;
}

export function createStorageMetrics(gaps: Readonly<Record<NumberedKind, SequenceGaps>>): StorageMetrics {
  const { registry, counter, histogram, watchEach } = createMeter('storage');
  const stored = counter('stored_total', 'Messages stored, by kind; a repeated one counts again', 'kind');
  const refused = counter(
    'refused_total',
    'Messages that can never be stored, by kind; they go to the dead letters',
    'kind',
  );
  const failures = counter('put_failures_total', 'Puts that failed and are tried again, by kind', 'kind');
  const seconds = histogram(
    'put_seconds',
    'Time until a batch was durable, by kind',
    [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    'kind',
  );
  const missing =
    'Messages that never came, by kind and product: numbers below the highest stored by this process';
  watchEach('gap_messages', missing, ['kind', 'product'], (set) => {
    for (const kind of ['chain', 'tick'] as const) {
      for (const [product, count] of gaps[kind].missing()) set({ kind, product }, count);
    }
  });
  return {
    registry,
    stored(kind, count, took) {
      stored.inc({ kind }, count);
      seconds.observe({ kind }, took);
    },
    refused: (kind) => refused.inc({ kind }),
    putFailed: (kind) => failures.inc({ kind }),
  };
}
