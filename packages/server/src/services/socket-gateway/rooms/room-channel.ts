import type { RoomPosition, RoomSnapshot, RoomUpdate } from '@deltastream/contracts';
import type { Channel, EncodedEvent } from '../fan-out/fan-out.ts';
import type { Missed } from '../market/history.ts';

/** What a room's channel can tell a client that comes to it, besides what it sends to its members. */
export interface RoomChannel extends Channel {
  readonly room: string;
  /** Something of the room changed; `expiry` says what, where the room has several. Answers whether it replaced what waited. */
  changed(expiry?: string): boolean;
  /** Lets members know at the next flush what they will not get. */
  announce(event: EncodedEvent): void;
  /** JSON of the state that the next `take` starts from; ask after a flush, in the turn of the join. */
  snapshotJson(): string;
  position(): RoomPosition | null;
  since(position: RoomPosition): Missed<RoomUpdate>;
  /** In a room of all expiries, those there is something of. */
  expiries?(): string[];
}

/** What differs between the kinds of rooms; the rest is `createRoomChannel`'s. */
export interface RoomContent {
  /** Takes note of a change; true when it replaces one that was not taken yet. */
  changed(expiry?: string): boolean;
  take(): readonly EncodedEvent[];
  resyncEvents(): readonly EncodedEvent[];
  snapshot(): RoomSnapshot;
  position(): RoomPosition | null;
  since(position: RoomPosition): Missed<RoomUpdate>;
  expiries?(): string[];
}

export interface ChannelIdentity {
  readonly name: string;
  readonly room: string;
  readonly intervalMs: number;
}

export const encoded = (event: string, payload: unknown): EncodedEvent => ({
  event,
  json: JSON.stringify(payload),
});

/** Announcements wait for at most one flush; more than this is a severely degraded stream, and the newest tell enough. */
const MOST_ANNOUNCEMENTS = 16;

export function createRoomChannel(identity: ChannelIdentity, content: RoomContent): RoomChannel {
  let announcements: EncodedEvent[] = [];
  /** The snapshot as long as nothing changes: it is serialised once, however many clients come. */
  let snapshot: { readonly of: string; readonly json: string } | null = null;
  return {
    ...identity,
    ...content,
    changed(expiry) {
      snapshot = null;
      return content.changed(expiry);
    },
    snapshotJson() {
      // Messages that are lost move the position, and a chain that is forgotten changes the expiries, without a word.
      const of = JSON.stringify([content.position(), content.expiries?.()]);
      if (snapshot?.of !== of) snapshot = { of, json: JSON.stringify(content.snapshot()) };
      return snapshot.json;
    },
    announce(event) {
      announcements.push(event);
      if (announcements.length > MOST_ANNOUNCEMENTS) announcements.shift();
    },
    take() {
      const events = content.take();
      if (announcements.length === 0) return events;
      const first = announcements;
      announcements = [];
      return [...first, ...events];
    },
  };
}
