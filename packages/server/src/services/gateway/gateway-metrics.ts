import type { Registry } from 'prom-client';
import { createMeter } from '../../kit/health/meter.ts';
import type { Upstream } from './upstreams/upstream.ts';

export interface GatewayMetrics {
  readonly registry: Registry;
  refused(code: string): void;
  retried(upstream: string): void;
  stale(upstream: string): void;
  staleCount(upstream: string): number;
}

export function createGatewayMetrics(
  upstreams: () => readonly Upstream[],
  upgrades: () => number,
): GatewayMetrics {
  const { registry, counter, watch, watchEach } = createMeter('gateway');
  const refusals = counter('refused_total', 'Requests refused at admission, by code', 'code');
  const retries = counter('retries_total', 'Reads sent a second time, by service', 'upstream');
  const stale = counter(
    'stale_answers_total',
    'Cached responses sent while a service failed, by service',
    'upstream',
  );
  const up = 'Whether a service elsewhere is in use (1) or its circuit is open (0)';
  watchEach('upstream_up', up, ['upstream'], (set) => {
    for (const { name, state } of upstreams()) set({ upstream: name }, state().circuit === 'closed' ? 1 : 0);
  });
  watch('upgrades', 'WebSocket connections that are passed on', upgrades);
  const staleByUpstream = new Map<string, number>();
  return {
    registry,
    refused: (code) => refusals.inc({ code }),
    retried: (upstream) => retries.inc({ upstream }),
    stale(upstream) {
      stale.inc({ upstream });
      staleByUpstream.set(upstream, (staleByUpstream.get(upstream) ?? 0) + 1);
    },
    staleCount: (upstream) => staleByUpstream.get(upstream) ?? 0,
  };
}
