import { type ClientAddress, isLoopback, networkOf } from '../../../kit/access/addresses.ts';
import type { Identity } from '../../../kit/tokens/token.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import type { ClientSocket } from './client-session.ts';
import { createOwnerLimits, type Owner, type OwnerQuota, type QuotaLease } from './owner-limits.ts';

/** Whose connections are whose, and what they may have together. */
export interface Owners {
  of(socket: ClientSocket): Owner;
  /** For `io.use`, after the token is checked: refuses a connection too many. */
  admit(socket: ClientSocket, next: (error?: Error) => void): void;
  lease(socket: ClientSocket): QuotaLease;
}

const quotaOf = (owner: 'user' | 'address', settings: SocketGatewaySettings): OwnerQuota => ({
  connections: settings[`${owner}Connections`],
  subscriptions: settings[`${owner}Subscriptions`],
  messagesPerSecond: settings[`${owner}MessagesPerSecond`],
  messageBurst: settings[`${owner}MessageBurst`],
});

/**
 * A connection belongs to the user of its token, else to its address; of IPv6, to the network of 64 bits that
 * one customer has. Loopback is the operator's own, or a proxy that is not declared, and has no limit.
 */
export function createOwners(
  settings: SocketGatewaySettings,
  addressOf: ClientAddress,
  identityOf: (socket: ClientSocket) => Identity | null,
): Owners {
  const limits = createOwnerLimits();
  const perUser = quotaOf('user', settings);
  const perAddress = quotaOf('address', settings);
  const owners = new WeakMap<ClientSocket, Owner>();

  function find(socket: ClientSocket): Owner {
    const identity = identityOf(socket);
    if (identity) return { name: `user ${identity.userId}`, quota: perUser };
    const address = addressOf(socket.request);
    const quota = isLoopback(address) ? null : perAddress;
    return { name: `address ${networkOf(address)}`, quota };
  }

  function of(socket: ClientSocket): Owner {
    const owner = owners.get(socket) ?? find(socket);
    owners.set(socket, owner);
    return owner;
  }

  return {
    of,
    admit(socket, next) {
      const { name, quota } = of(socket);
      if (!limits.isFull({ name, quota })) return next();
      const error = new Error(`${name} has ${quota?.connections} connections already`);
      next(Object.assign(error, { data: { code: 'too_many_connections' } }));
    },
    lease: (socket) => limits.lease(of(socket)),
  };
}
