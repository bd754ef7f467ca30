import Type from 'typebox';
import { ACCESS, requestRate } from '../../kit/access/access-settings.ts';
import type { HostRule } from '../../kit/access/addresses.ts';
import { openDataHostRule, tokenRule } from '../../kit/access/token-rule.ts';
import { HTTP } from '../../kit/http/http-settings.ts';
import type { ServiceName } from '../../kit/lifecycle/service.ts';
import type { PathMask } from '../../kit/responses/path-mask.ts';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** Marks a cached response that is sent while its service fails; the value is its age, seconds. */
export const STALE_HEADER = 'x-deltastream-stale';

const upstreamUrl = (what: string) =>
  Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: `Where ${what}, for a gateway without it; its own port on this machine by default`,
    }),
  );

/** Where the services are, how often they may be asked, and what happens when they fail. */
export const GATEWAY = settingsFragment(
  'Gateway',
  {
    dataUrl: upstreamUrl('the storage service is'),
    analyticsUrl: upstreamUrl('the analytics service is'),
    logsUrl: upstreamUrl('the logging service is'),
    operationsUrl: upstreamUrl('the operations desk is'),
    ingestUrl: upstreamUrl('the ingest service is'),
    alertsUrl: upstreamUrl('the alerts service is'),
    socketUrl: upstreamUrl('the socket gateway is'),
    feedUrl: upstreamUrl('the feed is whose instrument lists are shown'),
    computeRate: requestRate(100, 'analytics'),
    accountRate: requestRate(50, 'accounts, logs and administration'),
    ingestRate: requestRate(100, 'sending quotes'),
    connectTimeoutMs: ms(500, 'Longest wait for a connection to a service', 10, 600_000),
    staleMs: ms(
      300_000,
      'Greatest age of a cached response that is sent when its service fails',
      10,
      600_000,
    ),
  },
  'gateway',
  {
    connectionsPerUpstream: count(128, 'connections', 'Connections to each service elsewhere'),
    failuresToOpen: count(5, 'failures', 'Failures in a row after which the circuit of a service opens'),
    probeIntervalMs: ms(1_000, 'How often a service with an open circuit is asked whether it is back'),
    probeTimeoutMs: ms(1_000, 'Longest time its response may take'),
    retryShare: Type.Number({
      default: 0.1,
      minimum: 0,
      maximum: 1,
      unit: 'share',
      description: 'Share of recent reads that may be sent a second time',
    }),
    keptBytes: bytes(33_554_432, 'All cached responses together, as they are and compressed'),
    maxKeptBodyBytes: bytes(4_194_304, 'A longer response is passed on as it comes and not cached'),
    maxUpgrades: count(20_000, 'connections', 'WebSocket connections passed on at the same time'),
    upgradeIdleMs: ms(120_000, 'Silence after which a WebSocket connection that is passed on is closed'),
  },
);

export interface GatewaySettings
  extends ValuesOf<typeof GATEWAY.own>,
    ValuesOf<typeof HTTP.own>,
    Pick<ValuesOf<typeof ACCESS.own>, 'readRate' | 'corsOrigins' | 'trustedProxies'> {
  readonly host: string;
  readonly port: number;
  /** Folder of the built page. */
  readonly webFolder: string;
  /** Version shown in the API description. */
  readonly version: string;
  /** Addresses of services that run elsewhere; those beside the gateway need none. */
  readonly upstreamUrls: Readonly<Partial<Record<ServiceName, string>>>;
  /** Services that run nowhere: their routes say so. */
  readonly absent: readonly ServiceName[];
  /** Whether routes of a mere scope ask for a token. */
  readonly tokensRequired: boolean;
  /** What callers are shown instead of paths of this machine. */
  readonly maskPaths?: PathMask;
  /** Which hosts a request without a token may name where none is needed; any by default. */
  readonly hostRule?: HostRule;
}

export const GATEWAY_DEFAULTS = {
  ...GATEWAY.defaults,
  ...HTTP.defaults,
  ...ACCESS.defaults,
  upstreamUrls: {},
  absent: [],
  tokensRequired: false,
} as const satisfies Partial<GatewaySettings>;

/** What has to be said, and whatever else differs from the defaults. */
export type GatewayConfig = Pick<GatewaySettings, 'host' | 'port' | 'webFolder' | 'version'> &
  Partial<GatewaySettings>;

type GatewaySource = ValuesOf<typeof ACCESS.own & typeof HTTP.published & typeof GATEWAY.published> & {
  readonly host: string;
};

/** What the settings of the platform say to a gateway, with what its process knows of itself. */
export const gatewayConfig = (
  settings: GatewaySource,
  own: Pick<GatewaySettings, 'port' | 'webFolder' | 'version' | 'upstreamUrls' | 'absent' | 'maskPaths'>,
): GatewayConfig => ({
  ...ACCESS.of(settings),
  ...HTTP.of(settings),
  ...GATEWAY.of(settings),
  ...own,
  host: settings.host,
  tokensRequired: tokenRule(settings).required,
  hostRule: openDataHostRule(settings),
});
