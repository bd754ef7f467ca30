import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type AccessOptions, accessHook, createAccessCheck } from '../access/access.ts';
import { DeltaStreamError } from '../errors.ts';
import { healthRoutes } from '../health/health.ts';
import { listen } from '../http/connections/listen.ts';
import { enforcePolicies } from '../http/enforce-policies.ts';
import { createHttpApp, type HttpApp, type HttpOptions } from '../http/http.ts';
import type { HostedService, ServiceName } from './service.ts';

export interface StandaloneServer {
  readonly name: ServiceName;
  readonly url: string;
  stop(): Promise<void>;
}

/** An application whose routes are served under their policies only; it is not listening yet. */
export function createServiceApp(options: HttpOptions & AccessOptions): HttpApp {
  const app = createHttpApp(options);
  const check = createAccessCheck(options);
  enforcePolicies(app as unknown as FastifyInstance, {
    admit: ({ access }) => accessHook(check, access),
    tokensRequired: options.tokensRequired,
  });
  return app;
}

/**
 * Serves one service on a port of its own: its routes under their policies, health, its metrics and the process's.
 * Throws `port_in_use`.
 */
export async function serveAlone(
  service: HostedService,
  options: HttpOptions & AccessOptions & { readonly host: string; readonly port: number },
): Promise<StandaloneServer> {
  const app = createServiceApp(options);
  if (service.routes) await app.register(service.routes);
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  await app.register(
    healthRoutes({ ...service, metrics: Registry.merge([own, app.requestTimes, service.metrics]) }),
  );
  service.attach?.(app.server);
  const url = await listen(app as unknown as FastifyInstance, options.host, options.port);
  if (!url) throw new DeltaStreamError('internal', `${service.name} has no address`);
  return { name: service.name, url, stop: () => app.close() };
}
