import type { Server } from 'node:net';
import { createAddressList, networkOf } from '../access/client-address.ts';

/**
 * Closes connections of an address (of IPv6, a /64) beyond `most` at the same time, so that one caller
 * cannot hold them all. Addresses of `exempt` speak for many callers and are not counted: this machine's
 * own, and trusted proxies. Call before the server listens.
 */
export function limitConnections(server: Server, most: number, exempt: readonly string[]): void {
  const isExempt = createAddressList(exempt);
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isExempt(remoteAddress)) return;
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
