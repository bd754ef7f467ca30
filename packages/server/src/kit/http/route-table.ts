import { type Access, ROUTES } from '@deltastream/contracts';
import { PAGE_PATHS } from '@deltastream/contracts/live';
import { DeltaStreamError } from '../errors.ts';
import type { ServiceName } from '../lifecycle/service.ts';

/** Kinds of requests; how often each may be sent is a setting. */
export type RateClass = 'read' | 'compute' | 'account' | 'ingest';

/** What a response is to a browser, by which it may run scripts or not. */
export type Content = 'data' | 'page' | 'reference';

/** Where Grafana follows the log through a WebSocket: no route of the API, as its response is none of HTTP. */
export const LOKI_TAIL_PATH = '/api/logs/loki/api/v1/tail';

/** What holds for a route, in whichever process it is served. */
export interface RoutePolicy {
  /** Who serves it. */
  readonly upstream: ServiceName | 'all';
  /** A contract's own, where there is one. */
  readonly access: Access;
  /** Counted where callers come in; null for what is never refused for its number. */
  readonly rate: RateClass | null;
  /** Longest wait for a response; null where nothing is waited for. */
  readonly timeoutMs: number | null;
  /**
   * `revalidate`: anyone who may ask may keep the response and asks again each time with its tag; the gateway compresses
   * it once, and keeps it for when its service fails. `never`: it belongs to one caller, or to this moment. Seconds: it
   * holds for so long; a year means that it never changes.
   */
  readonly cache: 'revalidate' | 'never' | number;
  /** Whether cookies pass, both ways. */
  readonly cookies: boolean;
  readonly content: Content;
}

interface Prefix extends RoutePolicy {
  readonly prefix: string;
  /** Where a route below the prefix differs, by `METHOD /path/:parameter`. */
  readonly routes?: Readonly<Record<string, Partial<RoutePolicy>>>;
}

export const YEAR_SECONDS = 31_536_000;

const market = {
  upstream: 'storage',
  access: { scope: 'market:read' },
  rate: 'read',
  timeoutMs: 5_000,
  cache: 'revalidate',
  cookies: false,
  content: 'data',
} as const satisfies RoutePolicy;
const own = { ...market, rate: 'account', timeoutMs: 10_000, cache: 'never' } as const;
const open = { ...market, access: 'public' } as const;
const state = { ...open, upstream: 'all', rate: null, timeoutMs: null, cache: 'never' } as const;
const page = { ...open, upstream: 'gateway', rate: null, timeoutMs: null, content: 'page' } as const;

/** The one table of what is served: of the prefixes that cover a route the first one holds. */
const TABLE: readonly Prefix[] = [
  {
    ...own,
    prefix: '/api/auth',
    upstream: 'auth',
    access: 'user',
    cookies: true,
    routes: { 'GET /api/auth/.well-known/jwks.json': { cache: 60 } },
  },
  { ...market, prefix: '/api/data' },
  { ...market, prefix: '/api/mobile' },
  { ...market, prefix: '/api/instruments', upstream: 'feed', rate: 'compute' },
  { ...market, prefix: '/api/analytics', upstream: 'analytics', rate: 'compute', timeoutMs: 15_000 },
  {
    ...own,
    prefix: '/api/alerts',
    upstream: 'alerts',
    access: { role: 'viewer', scope: 'alerts:read', openWithoutTokens: true },
  },
  {
    ...own,
    prefix: '/api/ingest',
    upstream: 'ingest',
    access: { role: 'trader', scope: 'ingest', openWithoutTokens: true },
    rate: 'ingest',
  },
  {
    ...own,
    prefix: '/api/logs',
    upstream: 'logging',
    access: { role: 'admin', scope: 'logs:read' },
    routes: {
      'POST /api/logs': { rate: 'ingest' },
      'POST /api/logs/otlp/v1/logs': { rate: 'ingest' },
      'POST /api/logs/otlp/v1/traces': { rate: 'ingest' },
      'POST /api/logs/loki/api/v1/push': { rate: 'ingest' },
    },
  },
  {
    ...own,
    prefix: '/api/admin/users',
    upstream: 'auth',
    access: { role: 'admin', scope: 'users:manage' },
  },
  {
    ...own,
    prefix: '/api/admin/audit',
    upstream: 'auth',
    access: { role: 'admin', scope: 'logs:read' },
  },
  {
    ...own,
    prefix: '/api/admin',
    upstream: 'operations',
    access: { role: 'admin', scope: 'operations:manage' },
    timeoutMs: 30_000,
    routes: { 'GET /api/admin/sockets': { upstream: 'socket-gateway' } },
  },
  {
    ...own,
    prefix: '/api/replay',
    upstream: 'operations',
    access: { role: 'admin', scope: 'operations:manage' },
    timeoutMs: 30_000,
  },
  { ...open, prefix: '/api/asyncapi.json', upstream: 'socket-gateway' },
  // Its own protocol says who may connect. A response to a poll may take as long as the next ping.
  {
    ...own,
    prefix: '/socket.io',
    upstream: 'socket-gateway',
    access: 'public',
    rate: 'read',
    timeoutMs: 60_000,
  },
  { ...open, prefix: '/api/status', upstream: 'gateway', cache: 'never' },
  { ...open, prefix: '/api/openapi.json', upstream: 'gateway' },
  { ...page, prefix: '/api/docs', content: 'reference' },
  ...['/livez', '/readyz', '/health', '/metrics', '/services'].map((prefix) => ({ ...state, prefix })),
  // Names of assets carry their hash, so those never change.
  { ...page, prefix: '/assets', cache: YEAR_SECONDS },
  ...PAGE_PATHS.map((prefix) => ({ ...page, prefix })),
  { ...page, prefix: '/*' },
];

/** Services that the table names. */
export const UPSTREAMS: readonly ServiceName[] = [
  ...new Set(
    TABLE.flatMap(({ upstream }) => (upstream === 'all' || upstream === 'gateway' ? [] : [upstream])),
  ),
];

const CONTRACTS: ReadonlyMap<string, Access> = new Map(
  ROUTES.map(({ method, url, access }) => [`${method} ${url}`, access]),
);

/** The policy of a route. HEAD is treated as GET. Throws for a route that the table does not cover: it is not served. */
export function policyOf(method: string, url: string): RoutePolicy {
  const key = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  const found = TABLE.find(({ prefix }) => url === prefix || url.startsWith(`${prefix}/`));
  if (found === undefined) throw new DeltaStreamError('internal', `${key} is not in the table of routes`);
  const { prefix: _, routes, ...policy } = found;
  const access = CONTRACTS.get(key) ?? policy.access;
  return { ...policy, access, ...routes?.[key] };
}
