import { openDataHostRule, tokenRule } from '../kit/access/token-rule.ts';
import { HTTP } from '../kit/http/http-settings.ts';
import { tutorialAddress } from '../kit/http/tutorial-addresses.ts';
import { createLifecycle } from '../kit/lifecycle/lifecycle.ts';
import type { Service, ServiceName } from '../kit/lifecycle/service.ts';
import { type StandaloneServer, serveAlone } from '../kit/lifecycle/standalone.ts';
import { type Logger, serviceLogger } from '../kit/logging/log.ts';
import type { TokenVerifier } from '../ports/token-verifier.ts';
import type { Settings } from '../settings/compose.ts';
import { pathMaskOf } from '../settings/places.ts';
import { trustedProxiesOf } from './listening-ports.ts';
import type { Part } from './part-order.ts';

export interface HttpServers extends Part {
  /** Where they listen, once started. */
  urls(): readonly string[];
  /** The services that they serve, in the same order. */
  names(): readonly ServiceName[];
}

/**
 * An HTTP server for each of the services that has a port here and does not listen by itself. `verifier` is asked for
 * where one of them has routes.
 */
export function createHttpServers(
  services: () => readonly Service[],
  ports: ReadonlyMap<ServiceName, number>,
  verifier: () => Promise<TokenVerifier>,
  settings: Settings,
  logger: Logger,
): HttpServers {
  const servers: StandaloneServer[] = [];

  const serve = async (service: Service, port: number) => {
    const options = {
      ...HTTP.of(settings),
      host: settings.host,
      trustedProxies: trustedProxiesOf([...ports.keys()], settings),
      maskPaths: pathMaskOf(settings),
      tokensRequired: tokenRule(settings).required,
      hostRule: openDataHostRule(settings),
      verifier: service.routes && (await verifier()),
      ...(settings.compatiblePorts && { rewriteUrl: tutorialAddress(service.name) }),
      logger: serviceLogger(logger, service.name),
      port,
    };
    servers.push(await serveAlone(service, options));
  };

  const lifecycle = createLifecycle({
    name: 'http-servers',
    logger,
    stopTimeoutMs: settings.stopTimeoutMs,
    async start() {
      for (const service of services()) {
        const port = ports.get(service.name);
        if (port !== undefined && service.url === undefined) await serve(service, port);
      }
    },
    stop: () => Promise.all(servers.splice(0).map((server) => server.stop())),
  });

  return {
    name: 'http-servers',
    does: ['serve'],
    needs: ['answer'],
    startsAfter: ['enrich', 'store', 'broadcast'],
    start: lifecycle.start,
    stop: lifecycle.stop,
    urls: () => servers.map(({ url }) => url),
    names: () => servers.map(({ name }) => name),
  };
}
