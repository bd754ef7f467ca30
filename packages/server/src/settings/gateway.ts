import { isIPv4 } from 'node:net';
import Type from 'typebox';
import { createHostRule, type HostRule } from '../kit/access/host-rule.ts';

const upstreamUrl = (what: string) =>
  Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: `Where ${what}, for a gateway without it; its own port on this machine by default`,
    }),
  );

const rate = (what: string, perSecond: number) =>
  Type.Number({
    default: perSecond,
    minimum: 0,
    unit: 'requests/s',
    description: `Requests a second of an address, and of an account, for ${what}; 0 for no limit`,
  });

const milliseconds = (what: string, ms: number) =>
  Type.Integer({ default: ms, unit: 'ms', minimum: 10, maximum: 600_000, description: what });

/** Settings of the gateway: who may come in, how often, how long, and where the services are. */
export const GATEWAY_SETTINGS = {
  authRequired: Type.Optional(
    Type.Boolean({
      description:
        'Whether market data and sockets need a token, on whichever service; by default unless --host is this machine only',
    }),
  ),
  dataUrl: upstreamUrl('the storage service is'),
  analyticsUrl: upstreamUrl('the analytics service is'),
  logsUrl: upstreamUrl('the logging service is'),
  operationsUrl: upstreamUrl('the operations desk is'),
  socketUrl: upstreamUrl('the socket gateway is'),
  readRate: rate('market data', 500),
  computeRate: rate('analytics', 100),
  accountRate: rate('accounts, logs and administration', 50),
  accessLog: Type.Enum(['debug', 'info'], {
    default: 'debug',
    description: 'Level of the line that is logged for each request',
  }),
  headersTimeoutMs: milliseconds('Longest time in which a client sends the headers of a request', 5_000),
  requestTimeoutMs: milliseconds('Longest time in which a client sends a whole request', 10_000),
  keepAliveTimeoutMs: milliseconds('Longest time a connection may be idle', 30_000),
  maxConnectionsPerAddress: Type.Integer({
    default: 1_024,
    unit: 'connections',
    minimum: 1,
    description: 'Connections of one address; this machine and trusted proxies are not counted',
  }),
  maxPipelinedRequests: Type.Integer({
    default: 32,
    unit: 'requests',
    minimum: 1,
    maximum: 10_000,
    description: 'Requests a connection may send ahead of the one that is answered; it is closed beyond',
  }),
  answerTimeoutMs: milliseconds('Longest time a client may leave an answer unread', 30_000),
  maxUnreadBytes: Type.Integer({
    default: 134_217_728,
    unit: 'bytes',
    minimum: 1_048_576,
    description: 'Bytes of answers that wait for slow readers; beyond it the slowest are closed',
  }),
  connectTimeoutMs: milliseconds('Longest wait for a connection to a service', 500),
  staleMs: milliseconds('Age up to which a kept answer stands in for a service that fails', 300_000),
};

export interface TokenRule {
  readonly required: boolean;
  /** Why, for the operator. */
  readonly reason: string;
}

/**
 * Whether market data needs a token: as was said, else unless nobody but this machine can connect. One rule for
 * every process and all that it serves, with a gateway beside it or without, sockets too.
 */
export function tokenRule({ host, authRequired }: { host: string; authRequired?: boolean }): TokenRule {
  if (authRequired !== undefined) {
    return { required: authRequired, reason: `--auth-required is ${authRequired}` };
  }
  if (isLoopback(host)) {
    return {
      required: false,
      reason: `only this machine can reach ${host}; --auth-required asks for tokens`,
    };
  }
  return {
    required: true,
    reason: `others can reach ${host}; --auth-required false lets everybody read`,
  };
}

/**
 * Which hosts requests for open data may name: a page of another name may have been made to point here. Undefined
 * where every request needs a token, or others can connect anyway.
 */
export function openDataHostRule({
  host,
  allowedHosts,
  authRequired,
}: {
  host: string;
  allowedHosts: readonly string[];
  authRequired?: boolean;
}): HostRule | undefined {
  if (tokenRule({ host, authRequired }).required || !isLoopback(host)) return undefined;
  return createHostRule({ host, allowedHosts });
}

/**
 * Whose X-Forwarded-For a process believes. Without the gateway it has one in front of it: what comes from this
 * machine speaks for its callers, so that limits hold for those.
 */
export function trustedProxiesOf({
  only,
  trustedProxies,
}: {
  only?: readonly string[];
  trustedProxies: readonly string[];
}): readonly string[] {
  const hasGateway = only?.includes('gateway') ?? true;
  return hasGateway ? trustedProxies : ['loopback', ...trustedProxies];
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
