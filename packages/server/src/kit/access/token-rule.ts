import { createHostRule, type HostRule, isLoopback } from './addresses.ts';

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
  if (isOfThisMachine(host)) {
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
  if (tokenRule({ host, authRequired }).required || !isOfThisMachine(host)) return undefined;
  return createHostRule({ host, allowedHosts });
}

const isOfThisMachine = (host: string): boolean => host === 'localhost' || isLoopback(host);
