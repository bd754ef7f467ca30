import type { Socket } from 'socket.io';

type Connection = Socket['conn'];

export interface SendQueueBounds {
  readonly maxPackets: number;
  readonly maxBytes: number;
}

export interface SendQueueListener {
  /** One packet of an event was handed to this connection. */
  onDelivery(): void;
  /** A bound was passed. Called once. */
  onOverflow(reason: string): void;
}

/**
 * Watches what waits for one client. Engine.io writes a batch to the network when the one before it has
 * left for the kernel ('flush'), and until then keeps packets in memory without a bound of its own. A
 * client that stops reading therefore holds at most one batch in flight plus what is counted here, and
 * both are within the bounds. Counting at the packet, not on a timer, keeps the bound exact. Characters
 * are taken for bytes: the messages are JSON and ASCII but for names.
 */
export function watchSendQueue(
  connection: Connection,
  bounds: SendQueueBounds,
  listener: SendQueueListener,
): void {
  let packets = 0;
  let bytes = 0;
  let overflowed = false;

  connection.on('packetCreate', ({ type, data }: { type: string; data?: unknown }) => {
    if (type === 'message') listener.onDelivery();
    packets += 1;
    bytes += typeof data === 'string' ? data.length : 0;
    if (overflowed || (packets <= bounds.maxPackets && bytes <= bounds.maxBytes)) return;
    overflowed = true;
    listener.onOverflow(`${packets} packets of ${bytes} bytes wait for a client that reads too slowly`);
  });
  connection.on('flush', () => {
    packets = 0;
    bytes = 0;
  });
}

/** RFC 6455 status code 1013, "try again later". */
const TRY_AGAIN_LATER = 1013;

/**
 * Cuts a connection and drops what waits for it. A WebSocket client reads the reason in its close event
 * when it gets that far; Socket.IO clients see a lost transport and reconnect by themselves.
 */
export function cutConnection(connection: Connection, reason: string): void {
  const transport = connection.transport as unknown as {
    socket?: { close(code: number, reason: string): void };
  };
  transport.socket?.close(TRY_AGAIN_LATER, reason.slice(0, 123));
  connection.close(true);
}
