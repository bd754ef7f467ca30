import { type EventStreamOptions, readEvents } from './event-stream.ts';
import {
  EVENT_STREAMS,
  type EventOf,
  type EventStreamName,
  type ItemOf,
  LISTS_IN_TIME,
  PAGED_LISTS,
  type PagedName,
  TABLES,
  type TableName,
} from './list-routes.ts';
import { itemsOf } from './pages.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { type RequestOf, type ResponseOf, ROUTE_TABLE, type RouteName, type Routes } from './route-table.ts';
import {
  createRefreshing,
  loggedOut,
  receivedSession,
  type Session,
  type SessionStore,
  storeSuccessor,
} from './session.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export interface ClientOptions extends RetryOptions, TransportOptions, EventStreamOptions {
  /** Access token or API key, or where to find it at each request. A `session` takes its place. */
  readonly token?: string | (() => string | null);
  /** Where logins are kept, to be refreshed when they run out; see `memorySession`. */
  readonly session?: SessionStore;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

/** An object without required fields may be left out. */
type Arguments<Request> =
  Record<never, never> extends Request
    ? [request?: Request, options?: RequestOptions]
    : [request: Request, options?: RequestOptions];

/** What `fields` leaves of a response. */
type Selected<A> = A extends readonly (infer Item)[]
  ? Selected<Item>[]
  : A extends object
    ? { [K in keyof A]?: Selected<A[K]> }
    : A;

type Plain<R> = (...args: Arguments<RequestOf<R>>) => Promise<ResponseOf<R>>;

/** Whether `fields` chooses what is wanted of the response; of the log they are what lines have to say. */
type Selects<R> = R extends { readonly url: `/api/logs${string}` }
  ? false
  : 'fields' extends keyof RequestOf<R>
    ? true
    : false;

type Method<R> =
  Selects<R> extends true
    ? {
        (
          request: RequestOf<R> & { fields: string },
          options?: RequestOptions,
        ): Promise<Selected<ResponseOf<R>>>;
        (request: RequestOf<R> & { fields?: undefined }, options?: RequestOptions): Promise<ResponseOf<R>>;
      }
    : Plain<R>;

/** One method per REST route: path parameters, query and body in one object. Rejects with `ApiError`. */
export type Client = { readonly [K in RouteName]: Method<Routes[K]> } & {
  /**
   * Every item of a paged list, page after page: `for await (const tick of client.pages.listTicks(...))`. A list in
   * time begins at its first item unless the request says `from`, or `order: 'desc'` for the newest first.
   */
  readonly pages: {
    readonly [K in PagedName]: (
      ...args: Arguments<RequestOf<Routes[K]>>
    ) => AsyncGenerator<ItemOf<K>, void, undefined>;
  };
  /**
   * What a route sends from now on, event after event, until it ends or the loop is left: `for await (const { event, data }
   * of client.events.tailLogs({ level: 'warn' }))`. It does not connect again by itself.
   */
  readonly events: {
    readonly [K in EventStreamName]: (
      ...args: Arguments<RequestOf<Routes[K]>>
    ) => AsyncGenerator<EventOf<K>, void, undefined>;
  };
  /** Responses as tables: CSV text (RFC 4180) with a header row. */
  readonly csv: {
    readonly [K in TableName]: (...args: Arguments<RequestOf<Routes[K]>>) => Promise<string>;
  };
};

/** Responses that are a session, which a client with a `session` keeps. */
const LOGINS: ReadonlySet<RouteName> = new Set<RouteName>([
  'login',
  'register',
  'completeExternalLogin',
  'refresh',
]);
/** Requests after which there is no session any more. */
const ENDINGS: ReadonlySet<RouteName> = new Set<RouteName>(['logoutEverywhere', 'deleteAccount']);

/** Without `from` a list begins with its latest page, which is not where one begins who wants all of it. */
const fromTheBeginning = (request: Record<string, unknown>): Record<string, unknown> =>
  request.order === 'desc' || request.cursor !== undefined
    ? request
    : { ...request, from: request.from ?? BEGINNING };
const BEGINNING = '1970-01-01T00:00:00Z';

/** A client of the REST routes, for browsers and Node. It holds nothing that would have to be closed. */
export function createClient(options: ClientOptions): Client {
  const { session } = options;
  const { send, open } = createTransport(options);
  const refreshing =
    session &&
    createRefreshing(session, async (refresh_token) =>
      receivedSession((await send('refresh', { refresh_token }, { token: null })) as Session),
    );
  const ownToken = () => (typeof options.token === 'function' ? options.token() : options.token) ?? null;

  async function call(
    name: RouteName,
    given: Record<string, unknown> = {},
    { signal }: RequestOptions = {},
    accept = 'application/json',
  ): Promise<unknown> {
    const once = (token: string | null) => send(name, given, { token, signal, accept });
    if (session && name === 'logout') return loggedOut(session, once);
    const attempt = () => (refreshing && !LOGINS.has(name) ? refreshing(once) : once(ownToken()));
    const response = await (ROUTE_TABLE[name][0] === 'GET'
      ? withRetries(attempt, options, signal)
      : attempt());
    if (session && name === 'refresh') {
      storeSuccessor(session, String(given.refresh_token), receivedSession(response as Session));
    } else if (LOGINS.has(name)) session?.set(receivedSession(response as Session));
    if (ENDINGS.has(name)) session?.set(null);
    return response;
  }

  async function* follow(name: RouteName, given: Record<string, unknown>, { signal }: RequestOptions) {
    const once = (token: string | null) => open(name, given, { token, signal, accept: 'text/event-stream' });
    const attempt = () => (refreshing ? refreshing(once) : once(ownToken()));
    yield* readEvents(await withRetries(attempt, options, signal), options, signal);
  }

  type Given = Record<string, unknown>;
  const byName = <T>(table: object, make: (name: RouteName) => T): Record<string, T> =>
    Object.fromEntries(Object.keys(table).map((name) => [name, make(name as RouteName)]));

  return {
    ...byName(ROUTE_TABLE, (name) => (given: Given, how: RequestOptions) => call(name, given, how)),
    pages: byName(PAGED_LISTS, (name) => (given: Given = {}, how: RequestOptions = {}) => {
      const list = PAGED_LISTS[name as PagedName];
      const request = name in LISTS_IN_TIME ? fromTheBeginning(given) : given;
      return itemsOf((page) => call(name, page, how), list, request);
    }),
    events: byName(
      EVENT_STREAMS,
      (name) =>
        (given: Given = {}, how: RequestOptions = {}) =>
          follow(name, given, how),
    ),
    csv: byName(TABLES, (name) => (given: Given, how: RequestOptions) => call(name, given, how, 'text/csv')),
  } as unknown as Client;
}
