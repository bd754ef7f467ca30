import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { DeltaStreamError } from '../../../kit/errors.ts';

type Headers = Pick<IncomingMessage, 'headers' | 'socket'>;

/** Who a request comes from, seen through the proxies that are trusted. */
export interface ClientAddress {
  of(request: Headers): string;
  /** The host the client asked for: what a trusted proxy says, else the Host header. */
  hostOf(request: Headers): string | undefined;
}

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** `trusted` are addresses, CIDR ranges or the names above. Throws `invalid_setting` for anything else. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = rangesOf(trusted.flatMap((each) => NAMED[each] ?? [each]));
  return {
    of({ headers, socket }) {
      let address = plain(socket.remoteAddress ?? '');
      const hops = String(headers['x-forwarded-for'] ?? '').split(',');
      while (contains(proxies, address)) {
        const before = addressOf(hops.pop() ?? '');
        if (before === null) break;
        address = before;
      }
      return address;
    },
    hostOf({ headers, socket }) {
      const forwarded = headers['x-forwarded-host'];
      if (forwarded === undefined || !contains(proxies, plain(socket.remoteAddress ?? '')))
        return headers.host;
      return String(forwarded).split(',').at(-1)?.trim();
    },
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

/** The address of a hop, which some proxies write with a port; null where it is none. */
function addressOf(hop: string): string | null {
  const text = hop.trim();
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? null : plain(bare);
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

function contains(list: BlockList, address: string): boolean {
  try {
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  } catch {
    return false;
  }
}
