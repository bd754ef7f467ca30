import type { HostRule } from '../../kit/access/host-rule.ts';
import type { ServiceName } from '../../kit/lifecycle/service.ts';
import type { PathMask } from '../../kit/responses/path-mask.ts';
import type { Rates } from './admission-hook.ts';

/** Says that an answer was kept from before its service failed, and how many seconds ago that service gave it. */
export const STALE_HEADER = 'x-deltastream-stale';

export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  /** Folder of the built page. */
  readonly webFolder: string;
  /** Version shown in the API description. */
  readonly version: string;
  /** Origins other than its own that browsers may call from. */
  readonly corsOrigins: readonly string[];
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Addresses of services that run elsewhere; those beside the gateway need none. */
  readonly upstreamUrls: Readonly<Partial<Record<ServiceName, string>>>;
  /** Whether routes of a mere scope ask for a token. */
  readonly tokensRequired: boolean;
  /** What strangers are shown instead of paths of this machine. */
  readonly maskPaths?: PathMask;
  /** Which hosts a request without a token may name where none is needed; any by default. */
  readonly hostRule?: HostRule;
  readonly rates: Rates;

  /** Largest request body where the table of routes does not say less. */
  readonly bodyLimitBytes: number;
  /** In which a client has to send its headers, and its whole request. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxConnectionsPerAddress: number;
  /** Bounds for clients that do not read; those of `createHttpApp` by default. */
  readonly maxPipelinedRequests?: number;
  readonly answerTimeoutMs?: number;
  readonly maxUnreadBytes?: number;
  readonly accessLog: 'debug' | 'info';

  /** For a connection to a service. How long an answer may take is in the table of routes. */
  readonly connectTimeoutMs: number;
  readonly connectionsPerUpstream: number;
  /** Failures in a row after which a service is left alone. */
  readonly failuresToOpen: number;
  /** How often a service that is left alone is asked whether it is back, and how long that may take. */
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** Share of reads that may be sent a second time. */
  readonly retryShare: number;
  /** How old an answer may be that stands in for a service that fails, and what all of them may take. */
  readonly staleMs: number;
  readonly keptBytes: number;

  /** WebSocket connections passed on at the same time, and the silence after which one is given up. */
  readonly maxUpgrades: number;
  readonly upgradeIdleMs: number;
  /** Longest time a stop waits for requests under way. */
  readonly stopTimeoutMs: number;
}

export const GATEWAY_DEFAULTS = {
  corsOrigins: [],
  trustedProxies: [],
  upstreamUrls: {},
  tokensRequired: false,
  rates: { read: 500, compute: 100, account: 50 },
  bodyLimitBytes: 64 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 30_000,
  maxConnectionsPerAddress: 1_024,
  accessLog: 'debug',
  connectTimeoutMs: 500,
  connectionsPerUpstream: 128,
  failuresToOpen: 5,
  probeIntervalMs: 1_000,
  probeTimeoutMs: 1_000,
  retryShare: 0.1,
  staleMs: 300_000,
  keptBytes: 64 * 1024 * 1024,
  maxUpgrades: 20_000,
  upgradeIdleMs: 120_000,
  stopTimeoutMs: 5_000,
} as const satisfies Partial<GatewaySettings>;

/** What has to be said, and whatever else differs from the defaults. */
export type GatewayConfig = Pick<GatewaySettings, 'host' | 'port' | 'webFolder' | 'version'> &
  Partial<GatewaySettings>;
