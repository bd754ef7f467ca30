import { Counter, Gauge, Registry } from 'prom-client';

export interface LoggingMetrics {
  readonly registry: Registry;
  stored(count: number): void;
  dropped(count: number): void;
  appendFailed(): void;
}

export function createLoggingMetrics(waiting: () => number): LoggingMetrics {
  const registry = new Registry();
  const registers = [registry];
  const stored = new Counter({
    name: 'deltastream_logging_stored_total',
    help: 'Log entries stored',
    registers,
  });
  const dropped = new Counter({
    name: 'deltastream_logging_dropped_total',
    help: 'Log entries dropped because the buffer was full or the service had stopped',
    registers,
  });
  const failures = new Counter({
    name: 'deltastream_logging_append_failures_total',
    help: 'Appends to the log store that failed; their entries wait for the next one',
    registers,
  });
  new Gauge({
    name: 'deltastream_logging_waiting',
    help: 'Log entries that wait to be stored',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    registry,
    stored: (count) => stored.inc(count),
    dropped: (count) => dropped.inc(count),
    appendFailed: () => failures.inc(),
  };
}
