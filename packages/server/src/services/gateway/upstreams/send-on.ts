import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RoutePolicy } from '../../../kit/http/route-table.ts';
import { callerOf, headersToCaller, headersToUpstream } from './forwarded-headers.ts';
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
