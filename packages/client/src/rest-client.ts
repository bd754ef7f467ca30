import { errorOfFailure, errorOfResponse } from './api-error.ts';
import { type AnswerOf, type RequestOf, ROUTE_TABLE, type RouteName, type Routes } from './route-table.ts';

export interface ClientOptions {
  /** Address of the gateway, e.g. `http://localhost:8000`; in a browser '' is the page's own origin. */
  readonly baseUrl: string;
  readonly fetch?: typeof fetch;
  /** Access token, or where to find it at each request. */
  readonly token?: string | (() => string | null);
  /** Time within which an answer must have come whole; 15,000 ms. */
  readonly timeoutMs?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

/** An object without required fields may be left out. */
type Arguments<Request> =
  Record<never, never> extends Request
    ? [request?: Request, options?: RequestOptions]
    : [request: Request, options?: RequestOptions];

/** One method per REST route: path parameters, query and body in one object. Rejects with `ApiError`. */
export type Client = {
  readonly [K in RouteName]: (...args: Arguments<RequestOf<Routes[K]>>) => Promise<AnswerOf<Routes[K]>>;
};

const DEFAULT_TIMEOUT_MS = 15_000;

export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? globalThis.fetch;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const baseUrl = options.baseUrl.replace(/\/$/, '');

  async function call(
    name: RouteName,
    given: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const [method, template] = ROUTE_TABLE[name];
    const { path, rest } = fillPath(template, given);
    const isGet = method === 'GET';
    const url = `${baseUrl}${path}${isGet ? queryOf(rest) : ''}`;
    const token = typeof options.token === 'function' ? options.token() : options.token;
    const deadline = AbortSignal.timeout(timeoutMs);
    const answered = async <T>(answer: Promise<T>): Promise<T> => {
      try {
        return await answer;
      } catch (error) {
        throw signal?.aborted ? signal.reason : errorOfFailure(url, error);
      }
    };
    const response = await answered(
      send(url, {
        method,
        headers: {
          accept: 'application/json',
          ...(isGet ? {} : { 'content-type': 'application/json' }),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        ...(isGet ? {} : { body: JSON.stringify(rest) }),
      }),
    );
    if (!response.ok) throw await errorOfResponse(response);
    const isJson = response.headers.get('content-type')?.includes('json') ?? true;
    return answered(isJson ? response.json() : response.text());
  }

  const methods = Object.keys(ROUTE_TABLE).map((name) => [
    name,
    (request: Record<string, unknown> = {}, { signal }: RequestOptions = {}) =>
      call(name as RouteName, request, signal),
  ]);
  return Object.fromEntries(methods) as Client;
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
