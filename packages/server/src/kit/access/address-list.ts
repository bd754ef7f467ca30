import { BlockList, isIP, isIPv6 } from 'node:net';
import { DeltaStreamError } from '../errors.ts';

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
      throw new DeltaStreamError('invalid_setting', `--trusted-proxies: ${text} is no address or network`, {
        cause,
      });
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
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
