import { SOCKET_GATEWAY } from '../settings.ts';

/** What the fan-out needs to know of a client; a socket of Socket.IO is one. */
export interface MemberSocket {
  readonly connected: boolean;
  readonly conn: EngineConnection;
  on(event: 'disconnect', listener: () => void): unknown;
  off(event: 'disconnect', listener: () => void): unknown;
}

/** A connection of engine.io as the fan-out uses it: what `write` takes leaves in the order of the calls. */
export interface EngineConnection {
  write(packet: string, options: { readonly compress: boolean }): unknown;
}

/**
 * The policy for clients that do not read (`connections/slow-consumers.ts`). The fan-out gives no more to one that
 * is behind; whether it is cut is the policy's to say.
 */
export interface BacklogPolicy<Connection = EngineConnection> {
  /** A connection for which more bytes wait is behind. */
  readonly behindBytes: number;
  /** Calls back once when the connection has taken what waits, unless it is cut; dispose with what is returned. */
  whenDrained(connection: Connection, drained: () => void): () => void;
}

/** A Socket.IO event whose payload is JSON already, so that it is encoded once for all who receive it. */
export interface EncodedEvent {
  readonly event: string;
  readonly json: string;
}

/** One stream of updates as its members see it: a room in one mode, at one interval, for one strike window. */
export interface Channel {
  readonly name: string;
  /** Least time between two flushes, milliseconds; 0 sends in the next turn of the event loop. */
  readonly intervalMs: number;
  /** What changed since the last call; called once per flush, however many members there are. */
  take(): readonly EncodedEvent[];
  /** The full present state, for a member that missed flushes because it reads too slowly. */
  resyncEvents(): readonly EncodedEvent[];
}

/**
 * Delivers channels to their members.
 * - An event is encoded once per channel and flush, never per member.
 * - What is due for a member at the same time leaves in one write, after everything `emit` sent to it before.
 * - A member that reads too slowly misses flushes and is given `resyncEvents()` when it reads again; one that stays
 *   behind for too long is cut with a reason. Others do not notice.
 */
export interface FanOut {
  /** From now on the member gets every flush. Snapshot and join in one turn: nothing is missed. */
  join(member: MemberSocket, channel: Channel): void;
  leave(member: MemberSocket, channel: Channel): void;
  members(channel: Channel): number;
  /** Something changed: the channel is flushed when its interval allows. Cheap when nobody is there. */
  due(channel: Channel): void;
  /** Flushes now, e.g. before a snapshot. */
  flush(channel: Channel): void;
  /** Flushes what waits, then stops every timer; idempotent. */
  stop(): void;
}

export interface FanOutSettings {
  /** After this much writing in one turn of the event loop everything else gets its turn, milliseconds. */
  readonly sliceMs: number;
  /** Is told of each flush that is with all its members how many seconds ago it was due. */
  readonly flushed: { observe(seconds: number): void };
  /**
   * Is asked at a change that is made in a recorded context whether its way to members is followed; what it returns is told how many had it once the flush is
   * with all of them. Changes that are sent together are followed as the first.
   */
  readonly traceFlush: (channel: Channel) => FlushTrace | null;
}

export type FlushTrace = (members: number) => void;

export const FAN_OUT_DEFAULTS: FanOutSettings = {
  sliceMs: SOCKET_GATEWAY.defaults.sliceMs,
  flushed: { observe: () => {} },
  traceFlush: () => null,
};

/** Counts since the start. */
export interface FanOutStats {
  /** Events handed to members, whichever way. */
  readonly deliveries: number;
  /** Of these, as packets of engine.io (`packetCreate` fires for each): polling, upgrading, packets waiting. */
  readonly packets: number;
  /** Writes to connections that went around the packet path. */
  readonly writes: number;
  /** Bytes of those writes. */
  readonly bytes: number;
  /** Flushes of a channel that a member missed because it read too slowly. */
  readonly missed: number;
  /** Full states given to members that had missed flushes. */
  readonly caughtUp: number;
}
