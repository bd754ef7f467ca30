import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { traceOf } from '../../../kit/http/request-context.ts';
import { TOKEN_RULE_HEADER } from '../../../kit/tokens/token.ts';
import { isSampled, traceparentOf } from '../../../kit/tracing/trace-context.ts';

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
