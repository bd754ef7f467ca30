import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** A request's place in a trace of many services (W3C Trace Context). */
export interface TraceContext {
  /** 32 hexadecimal digits, the same for everything one caller set off. */
  readonly traceId: string;
  /** Span of the caller; null where the trace begins here. */
  readonly parentId: string | null;
  /** Two hexadecimal digits; 01 when the caller records the trace. */
  readonly flags: string;
  readonly state: string | null;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_STATE = 512;
const known = new WeakMap<object, TraceContext>();

/** The trace of a request: what the caller sent when that is valid, else a new one. The same at every call. */
export function traceOf(request: Pick<FastifyRequest, 'headers' | 'raw'>): TraceContext {
  const found = known.get(request.raw);
  if (found !== undefined) return found;
  const { traceparent, tracestate } = request.headers;
  const trace = readTrace(traceparent, tracestate) ?? {
    traceId: randomBytes(16).toString('hex'),
    parentId: null,
    flags: '00',
    state: null,
  };
  known.set(request.raw, trace);
  return trace;
}

/** Null when `traceparent` is missing or not valid; a state without it means nothing. */
export function readTrace(
  traceparent: string | string[] | undefined,
  tracestate?: string | string[],
): TraceContext | null {
  const parts = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  if (parts === null) return null;
  const [, version, traceId, parentId, flags, more] = parts;
  // Version ff is forbidden; version 00 has no further fields; zeros name nothing.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  const state = typeof tracestate === 'string' && tracestate.length <= MAX_STATE ? tracestate : null;
  return { traceId, parentId, flags, state };
}

/** The header that makes the next service a child of this one. */
export const childTraceparent = ({ traceId, flags }: TraceContext): string =>
  `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
