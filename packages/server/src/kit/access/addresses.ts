import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { DeltaStreamError } from '../errors.ts';

/** The address a request comes from, seen through the proxies that are trusted. */
export type ClientAddress = (request: IncomingMessage) => string;

/** `trusted` are addresses, CIDR ranges or names of `createAddressList`. Throws `invalid_setting` for anything else. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const isProxy = createAddressList(trusted);
  return ({ headers, socket }) => {
    let address = plainAddress(socket.remoteAddress ?? '');
    const hops = forwardedHops(headers['x-forwarded-for']);
    while (isProxy(address)) {
      const before = hops.pop();
      if (before === undefined) break;
      address = before;
    }
    return address;
  };
}

/**
 * The addresses of X-Forwarded-For, the nearest last, without the ports that some proxies add. One that is not an address
 * was not written by a proxy of this operator: it and all that stands before it is left out.
 */
export function forwardedHops(header: string | readonly string[] | undefined): string[] {
  const hops: string[] = [];
  if (header === undefined) return hops;
  for (const text of String(header).split(',').toReversed()) {
    const address = addressOfHop(text.trim());
    if (address === null) break;
    hops.unshift(address);
  }
  return hops;
}

const WITH_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/** `ip`, `ip:port`, `[ip]` or `[ip]:port`. */
function addressOfHop(text: string): string | null {
  const address = plainAddress(text);
  if (isIP(address) !== 0) return address;
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  if (bracketed !== undefined && isIPv6(bracketed)) return plainAddress(bracketed);
  return dotted !== undefined && isIPv4(dotted) ? dotted : null;
}

/** Names of well-known networks, as Fastify's `trustProxy` has them. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Tells whether an address, as a socket or a header has it, is one of a list. */
export type AddressList = (address: string) => boolean;

/** `entries` are addresses, networks as CIDR, or the names above. Throws `invalid_setting` for anything else. */
export function createAddressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const text of entries.flatMap((each) => NAMED[each] ?? [each])) {
    const [address, bits] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
    } catch (cause) {
      throw new DeltaStreamError(
        'invalid_setting',
        `--trusted-proxies: ${text} is not an address or network`,
        {
          cause,
        },
      );
    }
  }
  return (given) => {
    const address = plainAddress(given);
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Addresses of this machine itself. */
export const isLoopback: AddressList = createAddressList(['loopback']);

/** An IPv6 socket shows IPv4 addresses as mapped ones. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The first 64 bits of an IPv6 address, spelled in one way; an IPv4 address, also when mapped, as it is. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = MAPPED_IPV4.exec(ip);
  if (mapped !== null) return mapped[1];
  if (!isIPv6(ip)) return ip;
  const [head, tail] = ip.split('%', 1)[0].split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, zeros)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

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
