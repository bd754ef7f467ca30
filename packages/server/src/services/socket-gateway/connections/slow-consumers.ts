import type { ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';
import type { BacklogPolicy } from '../fan-out/fan-out.ts';
import { connectionOf, waitingBytes } from '../fan-out/web-socket-frames.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import { cutConnection, destroyConnection } from './cut-connection.ts';

type Connection = Socket['conn'];

export interface SlowConsumerBounds
  extends Pick<
    SocketGatewaySettings,
    'maxQueuedPackets' | 'maxQueuedBytes' | 'maxTotalQueuedBytes' | 'maxBehindMs' | 'behindBytes'
  > {
  /** How often what waits is looked at while anything does; 50. */
  readonly lookMs?: number;
}

export interface SlowConsumerListener {
  /** A packet of an event was handed to a connection. */
  onDelivery(): void;
  /** A connection was cut, with so many packets that were not sent. */
  onCut(connection: Connection, reason: string, packets: number): void;
}

export interface SlowConsumers extends BacklogPolicy {
  /** From now on everything that engine.io is to send to the connection counts, and it may be cut. */
  watch(connection: Connection): void;
  /** The response to a poll of the connection: as long as its client does not take it, its bytes count, too. */
  watchResponse(response: ServerResponse, connection: Connection): void;
  /** Bytes that wait now, at most; exact when last looked at. */
  totalBytes(): number;
  stop(): void;
}

const LOOK_MS = 50; // How late a client that is behind is cut, at most.

/** Something that holds bytes for a client: a connection, or the response to a poll. */
interface Holder {
  readonly connection: Connection;
  /** Bytes of it in the total: no fewer than it holds. */
  counted: number;
  /** What may wait without the holder being behind. */
  readonly tolerated: number;
  behindSince: number | null;
  /** Bytes held now; null when nothing can be held any more. */
  measure(): number | null;
  destroy(): void;
}

class ConnectionHolder implements Holder {
  counted = 0;
  behindSince: number | null = null;
  /** Since the transport last took everything. */
  packets = 0;
  bytes = 0;
  /** Who waits until it has taken what it is behind with. */
  drained: (() => void) | null = null;
  readonly connection: Connection;
  readonly tolerated: number;
  readonly #inside: ReturnType<typeof connectionOf>;

  constructor(connection: Connection, tolerated: number) {
    this.connection = connection;
    this.tolerated = tolerated;
    this.#inside = connectionOf(connection);
  }

  measure(): number | null {
    const waiting = waitingBytes(this.#inside);
    const { network } = this.#inside;
    if (this.connection.readyState === 'closed' && (network === null || network.destroyed)) return null;
    return waiting === 0 && this.packets === 0 && this.drained === null ? null : waiting;
  }

  destroy(): void {
    destroyConnection(this.connection);
  }
}

class ResponseHolder implements Holder {
  counted = 0;
  behindSince: number | null = null;
  readonly tolerated = 0;
  readonly connection: Connection;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, connection: Connection) {
    this.connection = connection;
    this.#response = response;
  }

  measure(): number {
    return this.#response.writableLength;
  }

  destroy(): void {
    this.#response.destroy();
    this.connection.close(true);
  }
}

/**
 * The one policy for clients that do not read: responses, acknowledgements, errors and snapshots wait within a bound of
 * packets and bytes for each connection, within a bound of bytes for all of them, and no longer than a deadline. A
 * connection beyond its own bound or the deadline is cut with the reason; beyond the common bound the one for which
 * most waits is destroyed, until the rest fits. Characters are taken for bytes: messages are JSON, and ASCII but for
 * names. What the fan-out writes costs nothing here
 * until a connection is behind; then it gets no more until it has taken what waits, or is cut.
 */
export function createSlowConsumers(
  bounds: SlowConsumerBounds,
  listener: SlowConsumerListener,
): SlowConsumers {
  const holders = new Set<Holder>();
  let total = 0;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  function note(holder: Holder, bytes: number): void {
    if (stopped) return;
    holder.counted += bytes;
    total += bytes;
    holders.add(holder);
    timer ??= setInterval(look, bounds.lookMs ?? LOOK_MS);
    if (total > bounds.maxTotalQueuedBytes) relieve();
  }

  function forget(holder: Holder): void {
    if (!holders.delete(holder)) return;
    total -= holder.counted;
    holder.counted = 0;
    holder.behindSince = null;
    if (holders.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  function measure(holder: Holder, now: number): void {
    const bytes = holder.measure();
    if (bytes === null) {
      forget(holder);
      return;
    }
    total += bytes - holder.counted;
    holder.counted = bytes;
    if (bytes <= holder.tolerated) holder.behindSince = null;
    else holder.behindSince ??= now;
  }

  function look(): void {
    const now = performance.now();
    for (const holder of holders) {
      measure(holder, now);
      if (holder.behindSince === null) {
        takeDrained(holder)?.();
        continue;
      }
      if (holder.counted > bounds.maxQueuedBytes) {
        end(holder, `${holder.counted} bytes wait for a client that reads too slowly`, 'cut');
        continue;
      }
      if (now - holder.behindSince <= bounds.maxBehindMs) continue;
      const seconds = ((now - holder.behindSince) / 1000).toFixed(1);
      end(
        holder,
        `${holder.counted} bytes wait since ${seconds} s for a client that reads too slowly`,
        'cut',
      );
    }
  }

  function takeDrained(holder: Holder): (() => void) | null {
    if (!(holder instanceof ConnectionHolder)) return null;
    const { drained } = holder;
    holder.drained = null;
    return drained;
  }

  function relieve(): void {
    const now = performance.now();
    for (const holder of holders) measure(holder, now);
    while (total > bounds.maxTotalQueuedBytes) {
      let most: Holder | null = null;
      for (const holder of holders) if (most === null || holder.counted > most.counted) most = holder;
      if (most === null) return;
      end(
        most,
        `${most.counted} bytes wait for this client, the most of all that read too slowly`,
        'destroy',
      );
    }
  }

  function end(holder: Holder, reason: string, how: 'cut' | 'destroy'): void {
    const { connection } = holder;
    const packets = queuedPackets(connection);
    const open = connection.readyState !== 'closed';
    // What is closed already and still not read has had its time.
    if (how === 'destroy' || !open || holder instanceof ResponseHolder) {
      forget(holder);
      holder.destroy();
    } else {
      holder.behindSince = null;
      cutConnection(connection, reason);
    }
    if (open) listener.onCut(connection, reason, packets);
  }

  const watched = new WeakMap<object, ConnectionHolder>();

  function holderOf(connection: Connection): ConnectionHolder {
    const holder = watched.get(connection) ?? new ConnectionHolder(connection, bounds.behindBytes);
    watched.set(connection, holder);
    return holder;
  }

  function onPacket(this: Connection, { type, data }: { type: string; data?: unknown }): void {
    const holder = watched.get(this);
    if (!holder) return;
    const length = typeof data === 'string' ? data.length : 0;
    if (type === 'message') listener.onDelivery();
    holder.packets += 1;
    holder.bytes += length;
    note(holder, length);
    const { packets, bytes } = holder;
    if (packets <= bounds.maxQueuedPackets && bytes <= bounds.maxQueuedBytes) return;
    if (this.readyState !== 'open') return;
    end(holder, `${packets} packets of ${bytes} bytes wait for a client that reads too slowly`, 'cut');
  }

  function onFlush(this: Connection): void {
    const holder = watched.get(this);
    if (!holder) return;
    holder.packets = 0;
    holder.bytes = 0;
  }

  return {
    watch(connection) {
      holderOf(connection);
      // One function each for all connections: engine.io calls them with the connection.
      connection.on('packetCreate', onPacket);
      connection.on('flush', onFlush);
    },

    watchResponse(response, connection) {
      const holder = new ResponseHolder(response, connection);
      note(holder, 0);
      response.once('close', () => forget(holder));
    },

    behindBytes: bounds.behindBytes,

    whenDrained(connection, drained) {
      const holder = holderOf(connection as Connection);
      holder.drained = drained;
      holder.behindSince ??= performance.now();
      note(holder, 0);
      return () => {
        if (holder.drained === drained) holder.drained = null;
      };
    },

    totalBytes: () => total,

    stop() {
      stopped = true;
      for (const holder of holders) forget(holder);
    },
  };
}

/** Packets that engine.io holds for a connection. */
export const queuedPackets = (connection: Connection): number =>
  (connection as unknown as { writeBuffer?: unknown[] }).writeBuffer?.length ?? 0;
