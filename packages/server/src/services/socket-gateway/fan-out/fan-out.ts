import type { ClientSocket } from '../clients/client-session.ts';

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
  join(member: ClientSocket, channel: Channel): void;
  leave(member: ClientSocket, channel: Channel): void;
  members(channel: Channel): number;
  /** Something changed: the channel is flushed when its interval allows. Cheap when nobody is there. */
  due(channel: Channel): void;
  /** Flushes now, e.g. before a snapshot. */
  flush(channel: Channel): void;
  /** Flushes what waits, then stops every timer; idempotent. */
  stop(): void;
}
