import { isIP } from 'node:net';
import { isLoopback } from './client-address.ts';

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

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The name or address without port and brackets, in small letters; names may end with the dot of the root. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host);
  if (bracketed !== null) return bracketed[1].toLowerCase();
  const name = isIP(host) === 6 ? host : host.replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}
