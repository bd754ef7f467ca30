import { errorOfFailure, errorOfResponse } from './api-error.ts';
import { ROUTE_TABLE, type RouteName } from './route-table.ts';

export interface TransportOptions {
  /** Address of the gateway, e.g. `http://localhost:8000`; in a browser '' is the page's own origin. */
  readonly baseUrl: string;
  readonly fetch?: typeof fetch;
  /** Time within which the complete response must have arrived, for each attempt; 15,000 ms. */
  readonly timeoutMs?: number;
}

interface Sending {
  readonly token: string | null;
  readonly signal?: AbortSignal;
  readonly accept?: string;
}

interface Transport {
  /** Sends one request once: JSON becomes its value, anything else is text. */
  send(name: RouteName, given: Record<string, unknown>, sending: Sending): Promise<unknown>;
  /** The same for a response that does not end by itself: it is there once it has begun. */
  open(name: RouteName, given: Record<string, unknown>, sending: Sending): Promise<Opened>;
}

/** A response that goes on. */
export interface Opened {
  readonly url: string;
  readonly body: ReadableStream<Uint8Array>;
}

const DEFAULT_TIMEOUT_MS = 15_000;

/** The way of requests to a server. Connections are the platform's to keep. */
export function createTransport(options: TransportOptions): Transport {
  const fetchNow = options.fetch ?? globalThis.fetch.bind(globalThis);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const baseUrl = options.baseUrl.replace(/\/$/, '');

  /** What is asked, and how a failure of it is told. */
  function asked(name: RouteName, given: Record<string, unknown>, sending: Sending) {
    const { token, signal, accept = 'application/json' } = sending;
    const [method, template] = ROUTE_TABLE[name];
    const { path, rest } = fillPath(template, given);
    const hasBody = method === 'POST' || method === 'PUT';
    const url = `${baseUrl}${path}${hasBody ? '' : queryOf(rest)}`;
    const received = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        throw signal?.aborted ? signal.reason : errorOfFailure(url, error);
      }
    };
    const responded = async (deadline: AbortSignal): Promise<Response> => {
      const response = await received(
        fetchNow(url, {
          method,
          headers: {
            accept,
            ...(hasBody ? { 'content-type': 'application/json' } : {}),
            ...(token ? { authorization: `Bearer ${token}` } : {}),
          },
          signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
          ...(hasBody ? { body: JSON.stringify(rest) } : {}),
        }),
      );
      if (!response.ok) throw await errorOfResponse(response);
      return response;
    };
    return { url, received, responded };
  }

  return {
    async send(name, given, sending) {
      const { received, responded } = asked(name, given, sending);
      const response = await responded(AbortSignal.timeout(timeoutMs));
      const isJson = response.headers.get('content-type')?.includes('json') ?? true;
      return received<unknown>(isJson ? response.json() : response.text());
    },
    async open(name, given, sending) {
      const { url, responded } = asked(name, given, sending);
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(new DOMException('too late', 'TimeoutError')), timeoutMs);
      try {
        const { body } = await responded(late.signal);
        if (body === null) throw errorOfFailure(url, new Error('the response has no body'));
        return { url, body };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function fillPath(template: string, given: Record<string, unknown>) {
  const rest = { ...given };
  const path = template.replace(/:(\w+)/g, (_match, name: string) => {
    const value = String(rest[name]);
    delete rest[name];
    return encodeURIComponent(value);
  });
  return { path, rest };
}

function queryOf(fields: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
