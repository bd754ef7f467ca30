import type { Server } from 'node:http';
import { DeltaStreamError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { createHttpApp } from './http.ts';
import { listen } from './listen.ts';
import type { Logger } from './log.ts';
import type { Service } from './service.ts';

export interface StandaloneServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves one service on a port of its own: its routes, health and metrics. Throws `port_in_use`. */
export async function serveAlone(
  service: Service & { attach?(server: Server): void },
  options: { readonly logger: Logger; readonly host: string; readonly port: number },
): Promise<StandaloneServer> {
  const app = createHttpApp({ logger: options.logger });
  if (service.routes) await app.register(service.routes);
  await app.register(healthRoutes(service));
  service.attach?.(app.server);
  const url = await listen(app as unknown as Parameters<typeof listen>[0], options.host, options.port);
  if (!url) throw new DeltaStreamError('internal', `${service.name} has no address`);
  return { url, stop: () => app.close() };
}
