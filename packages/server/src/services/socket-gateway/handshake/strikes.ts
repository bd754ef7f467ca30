import type { Socket } from 'socket.io';
import { createGrowingCache } from '../../../kit/growing-cache.ts';
import type { SocketGatewaySettings } from '../settings.ts';

export type StrikeBounds = Pick<SocketGatewaySettings, 'maxStrikes' | 'strikeForgivenMs' | 'maxRefusalMs'>;

/**
 * How often connections of a network were cut for what they did. Cutting one costs its client nothing when it may
 * connect again at once, so a network with more strikes than it may have is refused new sessions until enough are
 * forgiven; the sessions that it has go on. Networks are those of `networkOf`: an IPv4 address, a /64 of IPv6.
 */
export interface Strikes {
  add(network: string): void;
  /** The network that a session came from. */
  opened(connection: Socket['conn'], network: string): void;
  /** The session was cut for what its client did. */
  strike(connection: Socket['conn']): void;
  /** Milliseconds until the network may open a session again; 0 when it may. */
  refusedForMs(network: string): number;
  /** Networks that are refused now. */
  refused(): number;
}

/** Beyond it the networks whose last strike, or refusal, is longest ago are forgotten. */
const MAX_NETWORKS = 10_000;

/** `now` is monotonic, milliseconds. */
export function createStrikes(bounds: StrikeBounds, now: () => number = () => performance.now()): Strikes {
  const { maxStrikes, strikeForgivenMs, maxRefusalMs } = bounds;
  /** By network, when its last strike is forgiven: each moves that on by the time that one takes. */
  const clearAt = createGrowingCache<string, number>(MAX_NETWORKS);
  const networks = new WeakMap<Socket['conn'], string>();
  const toleratedMs = maxStrikes * strikeForgivenMs;

  const refusedFor = (clear: number, at: number): number => Math.max(0, clear - toleratedMs - at);

  function add(network: string): void {
    if (maxStrikes === 0) return;
    const at = now();
    const clear = Math.max(clearAt.get(network) ?? 0, at) + strikeForgivenMs;
    clearAt.set(network, Math.min(clear, at + toleratedMs + maxRefusalMs));
  }

  return {
    add,
    opened: (connection, network) => void networks.set(connection, network),
    strike(connection) {
      const network = networks.get(connection);
      if (network !== undefined) add(network);
    },
    refusedForMs: (network) => refusedFor(clearAt.get(network) ?? 0, now()),
    refused() {
      const at = now();
      let count = 0;
      for (const [network, clear] of clearAt.entries()) {
        if (clear <= at) clearAt.delete(network);
        else if (refusedFor(clear, at) > 0) count += 1;
      }
      return count;
    },
  };
}
