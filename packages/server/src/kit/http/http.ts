import type { IncomingMessage, Server } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { createAddressList } from '../access/addresses.ts';
import type { Logger } from '../logging/log.ts';
import { createPacedWarning } from '../logging/paced-warning.ts';
import { createPathMask, type PathMask } from '../responses/path-mask.ts';
import { sendClientError, sendProblems, sendUrlProblem } from '../responses/problem.ts';
import { buildSerializer } from '../responses/representation.ts';
import type { ValuesOf } from '../settings-fragment.ts';
import { limitClients } from './connections/client-limits.ts';
import { closePolitely } from './connections/polite-close.ts';
import { acceptsUpgrade } from './connections/routed-upgrades.ts';
import { HTTP } from './http-settings.ts';
import { createAccessLog, trackRequests } from './request-context.ts';
import { buildValidator, createHeadCheck, createRequestIds, OF_DATA } from './request-validation.ts';
import { createRequestTimes } from './response-times.ts';
import { createTurnBudget } from './turn-budget.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly maskPaths: PathMask;
    /** How long responses took. */
    readonly requestTimes: Registry;
    /** Logs what clients see in part only, at most once a minute for each subject. */
    readonly warnUnready: ReturnType<typeof createPacedWarning>;
  }
}

export interface HttpOptions extends Partial<ValuesOf<typeof HTTP.own>> {
  readonly logger: Logger;
  /** Proxies whose X-Forwarded-For is believed; none by default, so nobody can choose an address. */
  readonly trustedProxies?: readonly string[];
  /** The address that is meant by another one. */
  readonly rewriteUrl?: (url: string) => string;
  /** What clients are shown instead of paths of this machine; those of its usual folders are masked by default. */
  readonly maskPaths?: PathMask;
}

export type HttpApp = ReturnType<typeof createHttpApp>;

/** As long as any parameter that a schema allows, with room for its encoding; beyond it the response is 414. */
const MAX_PARAMETER_LENGTH = 1_000;

const UNREADY_INTERVAL_MS = 60_000; // An orchestrator asks every few seconds; one line a minute is enough.
const MAX_HEADER_BYTES = 16 * 1024; // Node's own default; `headers_too_large` of the catalogue names it.
/** How often connections are looked at that take too long. */
const CHECK_CONNECTIONS_MS = 1_000;

/**
 * An HTTP application that is not listening yet. Every failure leaves it as an RFC 9457 problem
 * document with a code of the catalogue; unknown fields and malformed values are refused, not removed.
 */
export function createHttpApp(given: HttpOptions) {
  const options = { ...HTTP.defaults, ...given };
  const { logger, trustedProxies = [] } = options;
  const { maskPaths = createPathMask(), rewriteUrl } = options;
  const requestTimeout = options.requestTimeoutMs;
  const forwarded = trustedProxies.length > 0;
  if (forwarded) createAddressList(trustedProxies);
  const app = Fastify({
    // Fastify's own, even when silent, costs a cached response 2 us; what is to be known is logged here.
    logger: false,
    trustProxy: forwarded ? [...trustedProxies] : false,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node takes the longer of the two for bodies, so the headers' must be the shorter one.
      headersTimeout: Math.min(options.headersTimeoutMs, requestTimeout),
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      shouldUpgradeCallback: shouldUpgrade,
    },
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    ...(rewriteUrl && { rewriteUrl: ({ url = '/' }: IncomingMessage) => rewriteUrl(url) }),
    bodyLimit: options.bodyLimitBytes,
    requestTimeout,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: sendClientError,
    genReqId: createRequestIds(),
    // A URL that cannot be decoded never reaches a route, nor the error handler.
    frameworkErrors: (error, request, reply) =>
      sendUrlProblem(error, request, (reply as unknown as FastifyReply).headers(OF_DATA)),
    schemaController: { compilersFactory: { buildValidator, buildSerializer } },
  }).withTypeProvider<TypeBoxTypeProvider>();

  const accessLog = createAccessLog(logger, options.accessLog);
  const times = createRequestTimes();
  trackRequests(app as unknown as FastifyInstance, {
    logger,
    accessLog,
    times,
    checkHead: createHeadCheck(forwarded),
  });
  app.addHook('onClose', async () => accessLog.close());
  const { closeGraceMs: graceMs, closeTimeoutMs: timeoutMs } = options;
  closePolitely(app as unknown as FastifyInstance, { graceMs, timeoutMs });
  const turns = createTurnBudget();
  limitClients(app.server, { ...options, trustedProxies, turns });
  app.decorate('requestTimes', { getter: () => times.registry });
  app.decorate('maskPaths', { getter: () => maskPaths });
  app.decorate('warnUnready', createPacedWarning(logger, { intervalMs: UNREADY_INTERVAL_MS }));
  sendProblems(app as unknown as FastifyInstance, { logger, maskPaths, turns });
  return app;
}

/**
 * For Node's `shouldUpgradeCallback`: whether a request to change the protocol is taken up. Every other one (`h2c`,
 * which Java's HttpClient and `curl --http2` offer with each first request, or a WebSocket where there is none) is
 * answered in HTTP/1.1 as if the client had not offered it (RFC 9110 section 7.8).
 */
function shouldUpgrade(this: Server, { headers, url = '' }: IncomingMessage): boolean {
  if (!acceptsUpgrade(this, url)) return false;
  const [offered] = (headers.upgrade ?? '').split(',', 1);
  return offered.trim().toLowerCase() === 'websocket';
}
