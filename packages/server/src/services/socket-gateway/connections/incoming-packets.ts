import type { Socket } from 'socket.io';
import { createTokenBucket, type TokenBucket } from '../clients/token-bucket.ts';
import type { SocketGatewaySettings } from '../settings.ts';

type Connection = Socket['conn'];

export type PacketBounds = Pick<
  SocketGatewaySettings,
  'framesPerSecond' | 'frameBurst' | 'connectsPerSecond' | 'connectBurst'
>;

export interface PacketListener {
  /** An acknowledgement that nobody asked for. */
  onStrayAck(connection: Connection): void;
  /** The connection sends what no client of this protocol sends, or more than it may. */
  onViolation(connection: Connection, violation: 'flood' | 'protocol', reason: string): void;
}

/** Types of Socket.IO packets, which are the first character of an engine.io message. */
const CONNECT = '0';
const ACK = '3';
const BINARY_EVENT = '5';
const BINARY_ACK = '6';
/** What clients send, besides: DISCONNECT and EVENT. */
const OTHERS: ReadonlySet<unknown> = new Set(['1', '2']);

const NOT_OF_CLIENTS = 'a packet that no client of this protocol sends';

interface Buckets {
  readonly packets: TokenBucket;
  readonly connects: TokenBucket;
}

/**
 * Meters what connections send before Socket.IO decodes it, from their first packet and before they are in a
 * namespace. Frames of a WebSocket are counted where they arrive (bounded-web-sockets.ts). Binary packets are refused:
 * the protocol is JSON, and their parts would be held until all have come.
 */
export function meterPackets(
  bounds: PacketBounds,
  listener: PacketListener,
): (connection: Connection) => void {
  const buckets = new WeakMap<Connection, Buckets>();

  function of(connection: Connection): Buckets {
    const known = buckets.get(connection);
    if (known) return known;
    const now = performance.now();
    const begun = {
      packets: createTokenBucket(bounds.framesPerSecond, bounds.frameBurst, now),
      connects: createTokenBucket(bounds.connectsPerSecond, bounds.connectBurst, now),
    };
    buckets.set(connection, begun);
    return begun;
  }

  function onPacket(this: Connection, { type, data }: { type: string; data?: unknown }): void {
    if (this.transport.name === 'polling' && !of(this).packets.take(performance.now())) {
      listener.onViolation(this, 'flood', `more than ${bounds.framesPerSecond} packets a second`);
    } else if (type === 'message') {
      onMessage(this, data);
    } else if (type === 'ping' || type === 'error') {
      listener.onViolation(this, 'protocol', NOT_OF_CLIENTS);
    }
  }

  function onMessage(connection: Connection, data: unknown): void {
    const kind = typeof data === 'string' ? data[0] : BINARY_EVENT;
    if (kind === BINARY_EVENT || kind === BINARY_ACK) {
      listener.onViolation(connection, 'protocol', 'binary packets are not part of the protocol');
    } else if (kind === ACK) {
      listener.onStrayAck(connection);
    } else if (kind === CONNECT) {
      if (of(connection).connects.take(performance.now())) return;
      listener.onViolation(connection, 'flood', 'too many requests to enter a namespace');
    } else if (!OTHERS.has(kind)) {
      listener.onViolation(connection, 'protocol', NOT_OF_CLIENTS);
    }
  }

  return (connection) => {
    connection.on('packet', onPacket);
  };
}
