import type { Registry } from 'prom-client';
import { createMeter } from '../../kit/health/meter.ts';

export interface LoggingMetrics {
  readonly registry: Registry;
  stored(count: number): void;
  dropped(count: number): void;
  appendFailed(): void;
  /** Lines of other processes that were sent and never came. */
  missing(count: number): void;
  /** Lines that were sent by a protocol: stored, or refused. */
  taken(protocol: string, accepted: number, refused: number): void;
  /** Lines that readers who follow the log were too slow for. */
  tailDropped(count: number): void;
  /** Lines whose time was too far ahead. */
  ahead(count: number): void;
}

export function createLoggingMetrics(waiting: () => number): LoggingMetrics {
  const { registry, counter, watch } = createMeter('logging');
  const stored = counter('stored_total', 'Log entries stored');
  const dropped = counter(
    'dropped_total',
    'Log entries dropped because the buffer was full or the service had stopped',
  );
  const failures = counter(
    'append_failures_total',
    'Appends to the log store that failed; their entries wait for the next one',
  );
  const missing = counter('missing_total', 'Lines of other processes that the bus lost, by their numbers');
  const taken = counter('ingested_total', 'Log lines that were sent over HTTP and stored', 'protocol');
  const refused = counter('refused_total', 'Log lines that were sent over HTTP and refused', 'protocol');
  const ahead = counter('ahead_total', 'Log lines that were sent with a time in the future');
  const tailDropped = counter('tail_dropped_total', 'Log lines left out for readers that were too slow');
  watch('waiting', 'Log entries that wait to be stored', waiting);
  return {
    registry,
    stored: (count) => stored.inc(count),
    dropped: (count) => dropped.inc(count),
    appendFailed: () => failures.inc(),
    missing: (count) => missing.inc(count),
    taken(protocol, accepted, rejected) {
      taken.inc({ protocol }, accepted);
      refused.inc({ protocol }, rejected);
    },
    tailDropped: (count) => tailDropped.inc(count),
    ahead: (count) => ahead.inc(count),
  };
}
