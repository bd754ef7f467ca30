import { BlockList, isIPv6, type Server } from 'node:net';
import { networkOf } from './network.ts';

/**
 * Closes connections of an address (of IPv6, a /64) beyond `most` at the same time, so that one caller
 * cannot hold them all. Addresses of `exempt` speak for many callers and are not counted: this machine's
 * own, and trusted proxies. Call before the server listens.
 */
export function limitConnections(server: Server, most: number, exempt: readonly string[]): void {
  const unlimited = blockList(exempt);
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isIn(unlimited, remoteAddress)) return;
    const network = networkOf(remoteAddress);
    const count = (open.get(network) ?? 0) + 1;
    if (count > most) return void socket.destroy();
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left === 0) open.delete(network);
      else open.set(network, left);
    });
  });
}

const LOOPBACK = ['127.0.0.0/8', '::1'] as const;
/** Names of well-known networks, as Fastify's `trustProxy` has them. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: LOOPBACK,
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

function blockList(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of addresses.flatMap((each) => NAMED[each] ?? [each])) {
    const [address, bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isIn(list: BlockList, remoteAddress: string): boolean {
  // An IPv6 socket shows IPv4 addresses as mapped ones.
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
