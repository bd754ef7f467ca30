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

type Send = (name: RouteName, given: Record<string, unknown>, sending: Sending) => Promise<unknown>;

const DEFAULT_TIMEOUT_MS = 15_000;

/** Sends one request once: JSON becomes its value, anything else is text. Connections are the platform's to keep. */
export function createTransport(options: TransportOptions): Send {
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const baseUrl = options.baseUrl.replace(/\/$/, '');

  return async (name, given, { token, signal, accept = 'application/json' }) => {
    const [method, template] = ROUTE_TABLE[name];
    const { path, rest } = fillPath(template, given);
    const hasBody = method === 'POST' || method === 'PUT';
    const url = `${baseUrl}${path}${hasBody ? '' : queryOf(rest)}`;
    const deadline = AbortSignal.timeout(timeoutMs);
    const received = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        throw signal?.aborted ? signal.reason : errorOfFailure(url, error);
      }
    };
    const response = await received(
      send(url, {
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
    const isJson = response.headers.get('content-type')?.includes('json') ?? true;
    return received<unknown>(isJson ? response.json() : response.text());
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
