import { DeltaStreamError } from '../../../kit/errors.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { Bus, BusStats, DeadLetter, Follower, FollowHandler, Position } from '../../../ports/bus.ts';
import { BUS_DEFAULTS, type BusSettings } from './bus-settings.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createMemoryGroup, type MemoryGroup } from './memory-group.ts';

/** The bus of one process: bounded, asynchronous, gone when the process ends. */
export function createMemoryBus(options: Partial<BusSettings> = {}): Bus {
  const settings = withDefaults(BUS_DEFAULTS, options);
  const topics = new Map<string, MemoryTopic>();
  const owners = new Map<string, string>();
  const numbers = new Map<string, number>();
  let closed = false;

  const topic = (name: string): MemoryTopic => {
    if (closed) throw new DeltaStreamError('stopped', `bus is closed; topic ${name} is not available`);
    let found = topics.get(name);
    if (!found) {
      found = createMemoryTopic(name, settings);
      topics.set(name, found);
    }
    return found;
  };

  return {
    // It is where its users are.
    connection: { connected: true, reason: null, onChange: () => () => {} },
    publish: async (name, frame, context) => topic(name).publish(frame, context),
    consume: async (name, group, handler, consumeOptions) =>
      topic(name)
        .group(group)
        .join(handler, consumeOptions?.concurrency ?? 1),
    async claim(group, owner, { takeOver = false } = {}) {
      const held = takeOver ? owner : (owners.get(group) ?? owner);
      owners.set(group, held);
      return held;
    },
    async nextNumber(name, atLeast) {
      const next = Math.max(atLeast, (numbers.get(name) ?? 0) + 1);
      numbers.set(name, next);
      return next;
    },
    follow: async (name, from, handler) => topic(name).follow(from, handler),
    earliest: (positions) => positions.reduce((first, each) => (Number(each) < Number(first) ? each : first)),
    deadLetters: async (name, limit = Number.POSITIVE_INFINITY): Promise<DeadLetter[]> =>
      topics.get(name)?.deadLetters().slice(-limit) ?? [],
    deadLetter: async (name, id) =>
      topics
        .get(name)
        ?.deadLetters()
        .find((letter) => letter.id === id) ?? null,
    async replayDeadLetter(name, id) {
      const letter = topic(name).takeDeadLetter(id);
      if (letter) await topic(name).publish(letter.frame);
      return letter !== null;
    },
    discardDeadLetter: async (name, id) => topics.get(name)?.takeDeadLetter(id) != null,
    pressure: (name) => topics.get(name)?.pressure() ?? 0,
    checks: () => [],
    stats: (): BusStats[] => [...topics.values()].flatMap((each) => each.stats()),
    async drained() {
      // A handler of one topic may publish to the next, so one quiet pass over all topics is needed.
      while ([...topics.values()].some((each) => each.busy())) {
        await Promise.all([...topics.values()].map((each) => each.drained()));
      }
    },
    async close() {
      closed = true;
      await Promise.all([...topics.values()].map((each) => each.close()));
    },
  };
}

interface MemoryTopic {
  publish(frame: Uint8Array, context?: string): Promise<Position>;
  group(name: string): MemoryGroup;
  follow(from: Position | 'latest', handler: FollowHandler): Follower;
  deadLetters(): DeadLetter[];
  takeDeadLetter(id: string): DeadLetter | null;
  pressure(): number;
  stats(): BusStats[];
  busy(): boolean;
  drained(): Promise<void>;
  close(): Promise<void>;
}

interface MemoryFollower {
  handler: FollowHandler;
  /** Offset of the next frame to hand over. */
  next: number;
  scheduled: boolean;
  stopped: boolean;
}

function createMemoryTopic(name: string, settings: BusSettings): MemoryTopic {
  const groups = new Map<string, MemoryGroup>();
  const followers = new Set<MemoryFollower>();
  const dead = createDeadLetters(name, settings.maxDeadLetters);
  const history: Uint8Array[] = [];
  /** Of frames that have one, by the frame: most have none. */
  const contexts = new WeakMap<Uint8Array, string>();
  /** Offset of the first frame still in `history`. */
  let base = 0;
  let lostToFollowers = 0;
  /** Nobody resumes what nobody has followed: until then no frame is kept, which would hold the newest in memory. */
  let followed = false;

  const end = () => base + history.length;

  const schedule = (follower: MemoryFollower) => {
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
        const frame = history[offset - base];
        const delivery = { frame, position: String(offset), deliveries: 1, context: contexts.get(frame) };
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
      found = createMemoryGroup(name, groupName, settings, dead, contexts);
      groups.set(groupName, found);
    }
    return found;
  };

  return {
    async publish(frame, context) {
      // One copy here keeps the publisher's buffer out of every receiver's hands; `slice` of a Buffer copies nothing.
      const owned = new Uint8Array(frame);
      if (context !== undefined) contexts.set(owned, context);
      const position = String(end());
      if (followed) history.push(owned);
      else base += 1;
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
      followed = true;
      const next = from === 'latest' ? end() : Number(from) + 1;
      const follower: MemoryFollower = { handler, next, scheduled: false, stopped: false };
      followers.add(follower);
      if (next < end()) schedule(follower);
      return {
        from: String(next - 1),
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
      ...[...groups.values()].map((each) => ({ ...each.stats(), length: history.length })),
      {
        topic: name,
        group: 'followers',
        length: history.length,
        pending: 0,
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
