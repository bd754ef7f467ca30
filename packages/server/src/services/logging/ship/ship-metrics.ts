import type { Registry } from 'prom-client';
import { createMeter } from '../../../kit/health/meter.ts';

export interface ShipMetrics {
  shipped(target: string, count: number): void;
  retried(target: string, reason: string, count: number): void;
  dropped(target: string, reason: string, count: number): void;
}

/** What waits for a target, looked up when the metrics are asked for. */
export interface TargetGauges {
  readonly target: string;
  readonly spoolBytes: number;
  readonly waiting: number;
  readonly lagSeconds: number;
}

export function createShipMetrics(registry: Registry, gauges: () => readonly TargetGauges[]): ShipMetrics {
  const { counter, watchEach } = createMeter('logging_ship', registry);
  const shipped = counter('shipped_total', 'Log entries that a target took', 'target');
  const retried = counter(
    'retried_total',
    'Log entries whose sending failed and is tried again, at each try',
    'target',
    'reason',
  );
  const dropped = counter(
    'dropped_total',
    'Log entries that a target will never have: it refused them, or too many waited',
    'target',
    'reason',
  );
  watchEach('spool_bytes', 'Bytes of log entries that wait for a target', ['target'], (set) => {
    for (const { target, spoolBytes } of gauges()) set({ target }, spoolBytes);
  });
  watchEach('waiting', 'Log entries that wait for a target', ['target'], (set) => {
    for (const { target, waiting } of gauges()) set({ target }, waiting);
  });
  watchEach('lag_seconds', 'How long the oldest log entry waits for a target', ['target'], (set) => {
    for (const { target, lagSeconds } of gauges()) set({ target }, lagSeconds);
  });
  return {
    shipped: (target, count) => shipped.inc({ target }, count),
    retried: (target, reason, count) => retried.inc({ target, reason }, count),
    dropped: (target, reason, count) => dropped.inc({ target, reason }, count),
  };
}
