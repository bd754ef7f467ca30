import { Counter, Gauge, Registry } from 'prom-client';
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
  const registry = new Registry();
  const registers = [registry];
  const refusals = new Counter({
    name: 'deltastream_gateway_refused_total',
    help: 'Requests refused at admission, by code',
    labelNames: ['code'],
    registers,
  });
  const retries = new Counter({
    name: 'deltastream_gateway_retries_total',
    help: 'Reads sent a second time, by service',
    labelNames: ['upstream'],
    registers,
  });
  const stale = new Counter({
    name: 'deltastream_gateway_stale_answers_total',
    help: 'Cached responses sent while a service failed, by service',
    labelNames: ['upstream'],
    registers,
  });
  new Gauge({
    name: 'deltastream_gateway_upstream_up',
    help: 'Whether a service elsewhere is in use (1) or its circuit is open (0)',
    labelNames: ['upstream'],
    registers,
    collect() {
      for (const each of upstreams())
        this.set({ upstream: each.name }, each.state().circuit === 'closed' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'deltastream_gateway_upgrades',
    help: 'WebSocket connections that are passed on',
    registers,
    collect() {
      this.set(upgrades());
    },
  });
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
