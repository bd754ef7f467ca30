import { Health } from '@deltastream/contracts';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Check, HostedService } from '../lifecycle/service.ts';
import { OPEN_METRICS_TYPE, openMetrics, takesOpenMetrics } from './open-metrics.ts';

const tags = ['operations'];
const Liveness = Type.Object({ status: Type.Literal('ok') });

/**
 * A service that works although a part of it is degraded is ready, and its status says "degraded".
 *
 * `/livez`: the process answers. `/readyz`: 503 while something the service needs is missing, and from the
 * moment the server was told to close.
 * `/health`: every check with its reason, always 200. `/metrics`: Prometheus text, or
 * OpenMetrics with exemplars for who takes it.
 * `prefix` is empty where a service has a port of its own.
 */
export function healthRoutes(
  service: HostedService,
  prefix = '',
  startedAt = performance.now(),
): FastifyPluginAsync {
  return async (app) => {
    // Every process is asked these, many nothing else: for them alone no compiler of serializers is loaded.
    app.setSerializerCompiler(() => JSON.stringify);
    app.get(
      `${prefix}/livez`,
      { schema: { tags, summary: `${service.name}: alive`, response: { 200: Liveness } } },
      async () => ({ status: 'ok' }),
    );
    app.get(
      `${prefix}/health`,
      { schema: { tags, summary: `${service.name}: state of every part`, response: { 200: Health } } },
      async () => healthOf(service, await service.ready(), startedAt, app),
    );
    app.get(
      `${prefix}/readyz`,
      { schema: { tags, summary: `${service.name}: ready to work`, response: { 200: Health, 503: Health } } },
      async (_request, reply) => {
        const checks = await service.ready();
        if (app.lifecycle.closing) checks.push({ name: 'server', ok: false, reason: 'it is stopping' });
        const health = healthOf(service, checks, startedAt, app);
        return reply.code(checks.every(({ ok }) => ok) ? 200 : 503).send(health);
      },
    );
    app.get(
      `${prefix}/metrics`,
      {
        schema: {
          tags,
          summary: `${service.name}: Prometheus metrics`,
          produces: ['text/plain'],
          response: { 200: Type.String() },
        },
      },
      async ({ headers }, reply) =>
        takesOpenMetrics(headers.accept)
          ? reply.type(OPEN_METRICS_TYPE).send(await openMetrics(service.metrics))
          : reply.type(service.metrics.contentType).send(await service.metrics.metrics()),
    );
  };
}

function healthOf(
  service: HostedService,
  checks: Check[],
  startedAt: number,
  { maskPaths, warnUnready }: FastifyInstance,
): Static<typeof Health> {
  for (const { name, ok, reason } of checks) {
    if (!ok)
      warnUnready(`${service.name} ${name}`, 'service_not_ready', {
        service: service.name,
        check: name,
        reason,
      });
  }
  return {
    status: checks.every(({ ok, reason }) => ok && reason === null) ? 'ok' : 'degraded',
    service: service.name,
    timestamp: new Date().toISOString(),
    uptime_seconds: (performance.now() - startedAt) / 1000,
    checks: checks.map((check) => ({ ...check, reason: check.reason && maskPaths(check.reason) })),
  };
}
