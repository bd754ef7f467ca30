import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { traceOf } from '../../../kit/http/request-context.ts';
import type { RoutePolicy } from '../../../kit/http/route-table.ts';
import { TOKEN_RULE_HEADER } from '../../../kit/tokens/token.ts';
import { isSampled, traceparentOf } from '../../../kit/tracing/trace-context.ts';
import type { Upstream } from './upstream.ts';

/** The head of a service's answer and the stream of its body. */
export interface Received {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Readable;
}

export interface SendOptions {
  readonly upstream: Upstream;
  readonly policy: Pick<RoutePolicy, 'cookies' | 'timeoutMs'>;
  readonly budget: RetryBudget;
  /** Asks the service to say 304 when this is still its response. */
  readonly etag: string | null;
  readonly onRetry: () => void;
  /** The span that this is, where it is recorded. */
  readonly spanId: string | null;
}

/** The connection broke; a read that met it may be sent again. A refused one would be refused again. */
const BROKEN: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const RETRY_MS = 10; // For a connection that was closed meanwhile: the next one is open already.

/**
 * Sends a request to a service and resolves with the head of what comes back, or null when the caller left
 * meanwhile. Rejects when the service cannot be reached or does not answer in time.
 */
export function sendOn(
  request: FastifyRequest,
  reply: FastifyReply,
  options: SendOptions,
): Promise<Received | null> {
  const { upstream, policy, budget, etag, onRetry, spanId } = options;
  const { body } = request;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  budget.requested();
  return new Promise((resolve, reject) => {
    let hasLeft = false;
    const left = () => {
      hasLeft = true;
      resolve(null);
    };
    reply.raw.once('close', left);
    const settled = () => reply.raw.removeListener('close', left);
    reply.from(undefined, {
      ...(Buffer.isBuffer(body) && {
        body,
        contentType: request.headers['content-type'] ?? 'application/octet-stream',
      }),
      getUpstream: () => upstream.url,
      timeout: policy.timeoutMs ?? undefined,
      retryDelay({ err, attempt }) {
        const code = (err as { code?: string } | null)?.code;
        if (!isRead || attempt > 0 || code === undefined || !BROKEN.has(code) || !budget.take()) return null;
        onRetry();
        return RETRY_MS * (1 + Math.random());
      },
      rewriteRequestHeaders(_request, prepared) {
        const headers = headersToUpstream(prepared, callerOf(request, spanId), policy);
        if (etag !== null) headers['if-none-match'] = etag;
        return headers;
      },
      // They are applied by the caller, which decides on the response.
      rewriteHeaders: () => ({}),
      onResponse(_request, _reply, response) {
        settled();
        const { statusCode, headers, stream } = response as unknown as {
          statusCode: number;
          headers: IncomingHttpHeaders;
          stream: Readable;
        };
        if (hasLeft) discard(stream);
        resolve({ status: statusCode, headers: headersToCaller(headers, policy), body: stream });
      },
      onError(_reply, { error }) {
        settled();
        reject(error);
      },
    });
  });
}

/** Reads a body to its end for nobody: then its connection can be used again. */
export function discard(body: Readable): void {
  body.on('error', () => {});
  body.resume();
}

/** How many requests may be sent a second time, so that a service in trouble is not asked twice as much. */
export interface RetryBudget {
  requested(): void;
  /** Takes one when there is one. */
  take(): boolean;
}

export interface RetryBudgetOptions {
  /** Share of requests that may be repeated; 0.1. */
  readonly share?: number;
  /** What can be saved up, and what there is at first; 10. */
  readonly most?: number;
}

/** Each request adds its share and each repetition takes 1. */
export function createRetryBudget({ share = 0.1, most = 10 }: RetryBudgetOptions = {}): RetryBudget {
  let saved = most;
  return {
    requested() {
      saved = Math.min(most, saved + share);
    },
    take() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}

/** Everything else that a caller sends stays here: hop-by-hop, conditions, identities, what nobody asked for. */
const TO_UPSTREAM = [
  TOKEN_RULE_HEADER,
  'accept',
  'accept-language',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'idempotency-key',
  'origin',
  'sec-fetch-site',
  'user-agent',
  'x-loki-response-encoding-flags',
] as const;

const TO_CALLER = [
  'cache-control',
  'content-disposition',
  'content-language',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'vary',
  'www-authenticate',
  'x-accel-buffering',
] as const;

/** Of the handshake that makes a connection a WebSocket. */
const OF_UPGRADE = [
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
] as const;

type Headers = Record<string, string | string[]>;

export interface Forwarding {
  readonly cookies: boolean;
  /** Whether the handshake of an upgrade passes, too. */
  readonly upgrade?: boolean;
}

/** The caller's headers as a service behind the gateway sees them. Who the caller is, the gateway says. */
export function headersToUpstream(
  sent: IncomingHttpHeaders,
  { ip, id, host, protocol, trace }: Caller,
  { cookies, upgrade = false }: Forwarding,
): Headers {
  const headers: Headers = {
    'x-forwarded-for': ip,
    'x-forwarded-host': host,
    'x-forwarded-proto': protocol,
    'x-request-id': id,
    traceparent: trace.parent,
  };
  if (trace.state !== null) headers.tracestate = trace.state;
  pick(sent, TO_UPSTREAM, headers);
  if (cookies) pick(sent, ['cookie'], headers);
  if (upgrade) pick(sent, OF_UPGRADE, headers);
  return headers;
}

export interface Caller {
  readonly ip: string;
  readonly id: string;
  readonly host: string;
  readonly protocol: string;
  readonly trace: { readonly parent: string; readonly state: string | null };
}

/** `spanId` is the call itself, where it is recorded; else the service is a child of the request. */
export function callerOf(request: FastifyRequest, spanId: string | null = null): Caller {
  const { ip, id, host, protocol } = request;
  const { traceId, spanId: own, sampled, flags, state } = traceOf(request);
  // A gateway that records nothing hands on that its caller does.
  const parent = traceparentOf(traceId, spanId ?? own, sampled || isSampled(flags));
  return { ip, id, host, protocol, trace: { parent, state } };
}

/** What a caller may see of a service's headers. */
export function headersToCaller(
  received: IncomingHttpHeaders,
  { cookies, upgrade = false }: Forwarding,
): Headers {
  const headers: Headers = {};
  pick(received, TO_CALLER, headers);
  if (cookies) pick(received, ['set-cookie'], headers);
  if (upgrade) pick(received, [...OF_UPGRADE, 'sec-websocket-accept'], headers);
  return headers;
}

function pick(from: IncomingHttpHeaders, names: readonly string[], into: Headers): void {
  for (const name of names) {
    const value = from[name];
    if (value !== undefined) into[name] = value;
  }
}
