import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { DeltaStreamError } from '../../kit/errors.ts';

/** The address a request comes from, seen through the proxies that are trusted. */
export type ClientAddress = (request: IncomingMessage) => string;

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** `trusted` are addresses, CIDR ranges or the names above. Throws `invalid_setting` for anything else. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = rangesOf(trusted.flatMap((each) => NAMED[each] ?? [each]));
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '');
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (contains(proxies, address)) {
      const before = hops.pop()?.trim();
      if (!before) break;
      address = plain(before);
    }
    return address;
  };
}

const LOOPBACK = rangesOf(NAMED.loopback);
export const isLoopback = (address: string): boolean => contains(LOOPBACK, address);

function rangesOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address, bits] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
    } catch (cause) {
      throw new DeltaStreamError('invalid_setting', `trustedProxies: ${text} is no address or range`, {
        cause,
      });
    }
  }
  return list;
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

function contains(list: BlockList, address: string): boolean {
  try {
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  } catch {
    return false;
  }
}
