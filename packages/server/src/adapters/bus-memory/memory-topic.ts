import type { BusStats, DeadLetter, FollowHandler, Position, Subscription } from '../../ports/bus.ts';
import { createDeadLetters } from './dead-letters.ts';
import type { MemoryBusSettings } from './memory-bus-settings.ts';
import { createMemoryGroup, type MemoryGroup } from './memory-group.ts';

export interface MemoryTopic {
  publish(frame: Uint8Array): Promise<Position>;
  group(name: string): MemoryGroup;
  follow(from: Position | 'latest', handler: FollowHandler): Subscription;
  deadLetters(): DeadLetter[];
  takeDeadLetter(id: string): DeadLetter | null;
  pressure(): number;
  stats(): BusStats[];
  busy(): boolean;
  drained(): Promise<void>;
  close(): Promise<void>;
}

interface Follower {
  handler: FollowHandler;
  /** Offset of the next frame to hand over. */
  next: number;
  scheduled: boolean;
  stopped: boolean;
}

export function createMemoryTopic(name: string, settings: MemoryBusSettings): MemoryTopic {
  const groups = new Map<string, MemoryGroup>();
  const followers = new Set<Follower>();
  const dead = createDeadLetters(name, settings.maxDeadLetters);
  const history: Uint8Array[] = [];
  /** Offset of the first frame still in `history`. */
  let base = 0;
  let lostToFollowers = 0;

  const end = () => base + history.length;

  const schedule = (follower: Follower) => {
    if (follower.scheduled || follower.stopped) return;
    follower.scheduled = true;
    setImmediate(() => {
      follower.scheduled = false;
      if (follower.next < base) {
        lostToFollowers += base - follower.next;
        follower.next = base;
      }
      while (!follower.stopped && follower.next < end()) {
        const offset = follower.next;
        follower.next = offset + 1;
        const delivery = { frame: history[offset - base], position: String(offset), deliveries: 1 };
        try {
          follower.handler(delivery);
        } catch (error) {
          dead.bury(delivery, 'followers', error);
        }
      }
    });
  };

  const group = (groupName: string): MemoryGroup => {
    let found = groups.get(groupName);
    if (!found) {
      found = createMemoryGroup(name, groupName, settings, dead);
      groups.set(groupName, found);
    }
    return found;
  };

  return {
    async publish(frame) {
      // One copy here keeps the publisher's buffer out of every receiver's hands.
      const owned = frame.slice();
      const position = String(end());
      history.push(owned);
      if (history.length > settings.historyLength) {
        history.shift();
        base += 1;
      }
      for (const follower of followers) schedule(follower);
      const waits: Promise<void>[] = [];
      for (const each of groups.values()) {
        const wait = each.push(owned, position);
        if (wait) waits.push(wait);
      }
      if (waits.length > 0) await Promise.all(waits);
      return position;
    },
    group,
    follow(from, handler) {
      const next = from === 'latest' ? end() : Number(from) + 1;
      const follower: Follower = { handler, next, scheduled: false, stopped: false };
      followers.add(follower);
      if (next < end()) schedule(follower);
      return {
        async stop() {
          follower.stopped = true;
          followers.delete(follower);
        },
      };
    },
    deadLetters: () => dead.list(),
    takeDeadLetter: (id) => dead.take(id),
    pressure: () => [...groups.values()].reduce((most, each) => Math.max(most, each.pressure()), 0),
    stats: () => [
      ...[...groups.values()].map((each) => each.stats()),
      {
        topic: name,
        group: 'followers',
        backlog: [...followers].reduce((most, { next }) => Math.max(most, end() - next), 0),
        redeliveries: 0,
        deadLetters: dead.total('followers'),
        lostTotal: lostToFollowers,
        oldestAgeMs: null,
      },
    ],
    busy: () => [...groups.values()].some((each) => each.busy()),
    async drained() {
      await Promise.all([...groups.values()].map((each) => each.drained()));
    },
    async close() {
      for (const follower of followers) follower.stopped = true;
      followers.clear();
      await Promise.all([...groups.values()].map((each) => each.close()));
    },
  };
}
