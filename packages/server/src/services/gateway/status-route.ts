import { getStatus, isoTime } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { PlatformWatch } from '../../kit/health/platform-watch.ts';
import type { HostedService } from '../../kit/lifecycle/service.ts';
import type { PathMask } from '../../kit/responses/path-mask.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { Upstream } from './upstreams/upstream.ts';

export interface StatusParts {
  readonly local: readonly HostedService[];
  readonly remote: readonly Upstream[];
  readonly metrics: GatewayMetrics;
  readonly tokensRequired: boolean;
  /** Knows the processes on the bus. */
  readonly platform?: PlatformWatch;
}

/**
 * `/api/status`: every service behind the gateway as it is seen from here, and every process on the bus. Says
 * nothing of where they are.
 */
export function statusRoute(parts: StatusParts): FastifyPluginAsync {
  const { local, remote, metrics, tokensRequired, platform } = parts;
  const startedAt = performance.now();
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...getStatus,
      handler: async () => {
        const upstreams = [
          ...(await Promise.all(local.map((service) => localView(service, app.maskPaths)))),
          ...remote.map(remoteView),
        ];
        const ok = upstreams.every((each) => each.ok) && (platform?.check().reason ?? null) === null;
        return {
          status: ok ? ('ok' as const) : ('degraded' as const),
          timestamp: isoTime(Date.now()),
          uptime_seconds: (performance.now() - startedAt) / 1000,
          tokens_required: tokensRequired,
          upstreams,
          ...(platform && { platform: platform.status() }),
        };
      },
    });
  };

  async function localView(service: HostedService, maskPaths: PathMask) {
    const checks = await service.ready();
    const failing = checks.filter(({ ok }) => !ok);
    const degraded = checks.filter(({ ok, reason }) => ok && reason !== null);
    return {
      name: service.name,
      place: 'in_process' as const,
      ok: failing.length === 0,
      circuit: null,
      last_error:
        failing.length > 0
          ? `not ready: ${namesOf(failing)}`
          : degraded.length > 0
            ? `degraded: ${degraded.map(({ name, reason }) => `${name}: ${maskPaths(reason ?? '')}`).join('; ')}`
            : null,
      last_error_at: null,
      latency_ms: null,
      requests: null,
      stale_answers: null,
    };
  }

  function remoteView(upstream: Upstream) {
    const { circuit, lastError, lastErrorAt, latencyMs, requests } = upstream.state();
    return {
      name: upstream.name,
      place: 'remote' as const,
      ok: circuit === 'closed',
      circuit,
      last_error: lastError,
      last_error_at: lastErrorAt === null ? null : isoTime(lastErrorAt),
      latency_ms: latencyMs,
      requests,
      stale_answers: metrics.staleCount(upstream.name),
    };
  }
}

const namesOf = (checks: readonly { readonly name: string }[]): string =>
  checks.map(({ name }) => name).join(', ');
