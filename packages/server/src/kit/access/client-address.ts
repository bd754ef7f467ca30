import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { createAddressList, plainAddress } from './address-list.ts';

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

/** The hosts that a request names, none of them more trustworthy than another. */
export type RequestedHosts = (
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
) => readonly (string | undefined)[];

/**
 * Its Host header, and what a trusted proxy says it was asked for, each proxy in turn. The header of the proxy does not
 * stand in for Host: where this machine is trusted, a page whose name was made to point here can set it.
 */
export function createRequestedHosts(trusted: readonly string[]): RequestedHosts {
  const isProxy = createAddressList(trusted);
  return ({ headers, socket }) => {
    const forwarded = headers['x-forwarded-host'];
    if (forwarded === undefined || !isProxy(socket.remoteAddress ?? '')) return [headers.host];
    return [
      headers.host,
      ...String(forwarded)
        .split(',')
        .map((host) => host.trim()),
    ];
  };
}

/**
 * The addresses of X-Forwarded-For, the nearest last, without the ports that some proxies add. One that is no address
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
