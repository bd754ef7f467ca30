import type {
  Channel,
  EncodedEvent,
} from '../../../packages/server/src/services/socket-gateway/fan-out/fan-out.ts';
import { microseconds, type Rooms } from '../protocol.ts';

/** A room of the benchmark: the newest update and how it is sent. */
export interface SyntheticRoom {
  readonly channel: Channel;
  readonly seq: number;
  change(): void;
  /** The newest update as a Socket.IO application would emit it. */
  payload(): Readonly<Record<string, unknown>>;
}

export const EVENT = 'update';

/** Clients look only at the first three fields: room, sequence number, time of the update, time of the flush. */
function createSyntheticRoom(name: string, { intervalMs, bytes }: Rooms): SyntheticRoom {
  const filler = 'x'.repeat(Math.max(0, bytes - 90));
  let seq = 0;
  let sent = 0;
  let at = 0;
  const payload = () => ({ room: name, seq, at, flushed: microseconds(), filler });
  const event = (): readonly EncodedEvent[] => [{ event: EVENT, json: JSON.stringify(payload()) }];
  return {
    get seq() {
      return seq;
    },
    change() {
      seq += 1;
      at = microseconds();
    },
    payload,
    channel: {
      name,
      intervalMs,
      take() {
        if (sent === seq) return [];
        sent = seq;
        return event();
      },
      resyncEvents: event,
    },
  };
}

/** Calls `publish` for each group as often as it says, spread evenly over time; returns a function that stops it. */
export function pace(rooms: readonly Rooms[], publish: (group: readonly string[]) => void): () => void {
  const begun = performance.now();
  const timers: NodeJS.Timeout[] = [];
  for (const [source, { groups, perSecond }] of rooms.entries()) {
    const gapMs = 1000 / (perSecond * groups.length);
    let published = 0;
    const next = () => {
      const due = Math.floor((performance.now() - begun) / gapMs);
      for (; published < due; published++) publish(groups[published % groups.length]);
      const waitMs = (published + 1) * gapMs - (performance.now() - begun);
      timers[source] = setTimeout(next, Math.max(1, waitMs));
    };
    next();
  }
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

export type SyntheticRooms = ReadonlyMap<string, SyntheticRoom>;

export function createSyntheticRooms(rooms: readonly Rooms[]): SyntheticRooms {
  const all = rooms.flatMap((each) => each.groups.flat().map((name) => createSyntheticRoom(name, each)));
  return new Map(all.map((room) => [room.channel.name, room]));
}

/** The last sequence number of each room. */
export const lastOf = (rooms: SyntheticRooms): Record<string, number> =>
  Object.fromEntries([...rooms].map(([name, { seq }]) => [name, seq]));
