import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Service } from '../../kit/lifecycle/service.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { createRepresentation } from '../../kit/responses/representation.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { createGateway, type Gateway } from './service.ts';
import type { GatewayConfig } from './settings.ts';

export const NO_LIMIT: RateLimiter = {
  take: () => ({ allowed: true, remaining: 1, waitMs: 0, fullMs: 0 }),
  close: async () => {},
};

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A service elsewhere: a real server on a port that stays the same when it is stopped and started again. */
export interface RemoteService {
  readonly url: string;
  readonly seen: Seen[];
  start(): Promise<void>;
  /** Closes every connection at once, as the end of a process does. */
  stop(): Promise<void>;
}

export async function startRemote(
  routes: (app: FastifyInstance) => void,
  cacheControl = 'public, no-cache',
): Promise<RemoteService> {
  const seen: Seen[] = [];
  let app: FastifyInstance | null = null;
  let port = 0;
  const start = async () => {
    const made = Fastify({ forceCloseConnections: true });
    made.addHook('preHandler', (request, _reply, done) => {
      const { method, url, headers, body } = request;
      if (url !== '/livez') seen.push({ method, url, headers, body });
      done();
    });
    made.addHook('onSend', createRepresentation(cacheControl));
    made.get('/livez', async () => ({ status: 'ok' }));
    routes(made);
    await made.listen({ host: '127.0.0.1', port });
    ({ port } = made.addresses()[0] as AddressInfo);
    app = made;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    start,
    async stop() {
      await app?.close();
      app = null;
    },
  };
}

export interface GatewayParts {
  readonly config?: Partial<GatewayConfig>;
  readonly local?: readonly Service[];
  readonly limiter?: RateLimiter;
  readonly verifier?: TokenVerifier;
}

/** Its close is not looked at, and would wait for connections that the client of a test keeps. */
export const CLOSED_AT_ONCE = { closeGraceMs: 0 } as const;

export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { local = [], limiter = NO_LIMIT, verifier, config } = parts;
  const gateway = await createGateway(
    { upstreams: local, limiter, verifier, logger: silentLogger },
    { ...CLOSED_AT_ONCE, host: '127.0.0.1', port: 0, webFolder: '/nonexistent', version: '1.2.3', ...config },
  );
  await gateway.start();
  return gateway;
}
