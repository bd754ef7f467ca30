import type { Access } from '@deltastream/contracts';
import type { ServiceName } from '../../kit/lifecycle/service.ts';

/** Kinds of requests; how often each may be sent is a setting. */
export type RateClass = 'read' | 'compute' | 'account';

/** What holds for a route, in whichever process its service runs. */
export interface RoutePolicy {
  readonly upstream: ServiceName;
  /** Of routes that the contracts do not name; each of theirs declares its own (`kit/access/enforce-access.ts`). */
  readonly access: Access;
  readonly rate: RateClass;
  /** Longest wait for an answer. */
  readonly timeoutMs: number;
  readonly bodyLimitBytes: number;
  /**
   * `revalidate`: anyone may keep the answer and asks again each time with its tag; the gateway compresses
   * it once, and keeps it for when its service fails. `never`: it belongs to one caller.
   */
  readonly cache: 'revalidate' | 'never';
  /** Whether cookies pass, both ways. */
  readonly cookies: boolean;
}

interface Prefix extends RoutePolicy {
  readonly prefix: string;
  /** Where a route below the prefix differs, by `METHOD /path/:parameter`. */
  readonly routes?: Readonly<Record<string, Partial<RoutePolicy>>>;
}

const BODY_LIMIT_BYTES = 64 * 1024;
const market = {
  upstream: 'storage',
  access: { scope: 'market:read' },
  rate: 'read',
  timeoutMs: 5_000,
  bodyLimitBytes: BODY_LIMIT_BYTES,
  cache: 'revalidate',
  cookies: false,
} as const satisfies RoutePolicy;
const own = { ...market, rate: 'account', timeoutMs: 10_000, cache: 'never' } as const;

/** The one table of what the gateway serves for others. */
export const PREFIXES: readonly Prefix[] = [
  { ...own, prefix: '/api/auth', upstream: 'auth', access: 'user', cookies: true },
  { ...market, prefix: '/api/data' },
  { ...market, prefix: '/api/mobile' },
  { ...market, prefix: '/api/analytics', upstream: 'analytics', rate: 'compute', timeoutMs: 15_000 },
  { ...own, prefix: '/api/logs', upstream: 'logging', access: { role: 'admin', scope: 'logs:read' } },
  {
    ...own,
    prefix: '/api/admin',
    upstream: 'operations',
    access: { role: 'admin', scope: 'operations:manage' },
    timeoutMs: 30_000,
    routes: { 'GET /api/admin/sockets': { upstream: 'socket-gateway' } },
  },
  { ...market, prefix: '/api/asyncapi.json', upstream: 'socket-gateway', access: 'public' },
  // Its own protocol says who may connect. An answer to a poll may take as long as the next ping.
  {
    ...own,
    prefix: '/socket.io',
    upstream: 'socket-gateway',
    access: 'public',
    rate: 'read',
    timeoutMs: 60_000,
  },
];

/** What the gateway answers itself. */
const gateway = { ...market, upstream: 'gateway', access: 'public' } as const;
const OWN: readonly Prefix[] = [
  { ...gateway, prefix: '/api/status', cache: 'never' },
  { ...gateway, prefix: '/api/openapi.json' },
];

/** The policy of a route, or null where there is none: the page, health. HEAD is treated as GET. */
export function policyOf(method: string, url: string): RoutePolicy | null {
  const found = [...PREFIXES, ...OWN].find(({ prefix }) => url === prefix || url.startsWith(`${prefix}/`));
  if (found === undefined) return null;
  const key = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  const { prefix: _, routes, ...policy } = found;
  return { ...policy, ...routes?.[key] };
}
