import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { DeltaStreamError } from '../errors.ts';
import { createAddressList, isLoopback } from './client-address.ts';

/** Whether a request may name this host, in its Host header or as what a trusted proxy was asked for. */
export type HostRule = (host: string | undefined) => boolean;

export interface HostRuleSettings {
  /** The address that is listened on. */
  readonly host: string;
  /** Further names by which the platform is reached, without a port. */
  readonly allowedHosts: readonly string[];
}

/**
 * Against DNS rebinding: a page of `evil.example` whose name is made to point to this machine is of the same origin
 * as what answers there, so where data needs no token nothing but the name it was asked for tells it apart. Allowed
 * are `localhost` and names below it, loopback addresses, the address that is listened on (any address where all are)
 * and the names of `allowedHosts`. An address in a URL is what it says: only names can be rebound.
 */
export function createHostRule({ host, allowedHosts }: HostRuleSettings): HostRule {
  const own = new Set([host, ...allowedHosts].map(nameOf));
  const everywhere = UNSPECIFIED.has(nameOf(host));
  return (given) => {
    if (given === undefined) return false;
    const name = nameOf(given);
    if (own.has(name) || name === 'localhost' || name.endsWith('.localhost')) return true;
    return isLoopback(name) || (everywhere && isIP(name) !== 0);
  };
}

/** What the hosts of a request are read from. */
type RequestHead = Pick<IncomingMessage, 'headers' | 'socket'>;

/** Why a request may not have data that is open, or null. */
export type HostCheck = (request: RequestHead) => DeltaStreamError | null;

/**
 * Every host that a request names has to be allowed; without a rule each is. Those are its Host header, and what a
 * trusted proxy says it was asked for, each proxy in turn. The header of the proxy does not stand in for Host: where
 * this machine is trusted, a page whose name was made to point here can set it.
 */
export function createHostCheck(rule: HostRule | undefined, trustedProxies: readonly string[]): HostCheck {
  if (rule === undefined) return () => null;
  const isProxy = createAddressList(trustedProxies);
  // Nearly all requests name the same host.
  let allowed: string | undefined;
  return ({ headers, socket }) => {
    const { host } = headers;
    if (host === undefined || host !== allowed) {
      if (!rule(host)) return hostRefusal(host);
      allowed = host;
    }
    const forwarded = headers['x-forwarded-host'];
    if (forwarded === undefined || !isProxy(socket.remoteAddress ?? '')) return null;
    const refused = String(forwarded)
      .split(',')
      .map((name) => name.trim())
      .find((name) => !rule(name));
    return refused === undefined ? null : hostRefusal(refused);
  };
}

/** What a request with another host is told. */
const hostRefusal = (host: string | undefined): DeltaStreamError =>
  new DeltaStreamError(
    'host_not_allowed',
    host === undefined ? 'header host: is missing' : `header host: ${JSON.stringify(host.slice(0, 100))}`,
  );

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The name or address without port and brackets, in small letters; names may end with the dot of the root. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host);
  if (bracketed !== null) return bracketed[1].toLowerCase();
  const name = isIP(host) === 6 ? host : host.replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}
