import type { BusStats } from '../../../../ports/bus.ts';
import { FOLLOWERS } from '../keys.ts';
import { publishedAt, type TopicMeasure } from './topic-measure.ts';

interface GroupFigures {
  backlog: number;
  /** As last measured. */
  pending: number;
  redeliveries: number;
  deadLetters: number;
  lostTotal: number;
  oldestAt: number | null;
}

/**
 * What is known of a topic in this process: the server's last measure, and what this process did since.
 * Replies on one connection come in order, so the two add up. What other processes did shows at the
 * next measure.
 */
export interface TopicFigures {
  published(): void;
  acknowledged(group: string, frames: number): void;
  redelivered(group: string, frames: number): void;
  buried(group: string, backlog: number): void;
  /** Frames that were not acknowledged when the group was last there. */
  leftOf(group: string): number;
  lost(group: string, frames: number): void;
  measured(measure: TopicMeasure): void;
  /** Offset of the last frame that a follower of this process has seen. */
  followed(follower: object, offset: number | null): void;
  unfollowed(follower: object): void;
  /** Frames that the slowest group is behind. */
  behind(): number;
  stats(): BusStats[];
}

export function createTopicFigures(topic: string): TopicFigures {
  const groups = new Map<string, GroupFigures>();
  /** What groups had left that have gone from the server since. */
  const gone = new Map<string, number>();
  const followers = new Map<object, number | null>();
  let added = 0;
  let length = 0;
  let clockOffsetMs = 0;

  const of = (group: string): GroupFigures => {
    let found = groups.get(group);
    if (!found) {
      found = { backlog: 0, pending: 0, redeliveries: 0, deadLetters: 0, lostTotal: 0, oldestAt: null };
      groups.set(group, found);
    }
    return found;
  };
  const named = () => [...groups].filter(([name]) => name !== FOLLOWERS);

  return {
    published() {
      added += 1;
      for (const [, group] of named()) group.backlog += 1;
    },
    acknowledged: (group, frames) => {
      of(group).backlog -= frames;
    },
    redelivered: (group, frames) => {
      of(group).redeliveries += frames;
    },
    buried(group, backlog) {
      of(group).deadLetters += 1;
      of(group).backlog -= backlog;
    },
    // An acknowledgement that comes after its group has gone says nothing of what the group had left.
    leftOf: (group) => Math.max(0, gone.get(group) ?? groups.get(group)?.backlog ?? 0),
    lost(group, frames) {
      gone.delete(group);
      of(group).backlog = 0;
      of(group).lostTotal += frames;
    },
    measured(measure) {
      added = measure.added;
      length = measure.length;
      clockOffsetMs = measure.nowMs - performance.now();
      const present = new Set([FOLLOWERS, ...measure.groups.map(({ name }) => name)]);
      for (const [name, { backlog }] of [...groups]) {
        if (present.has(name)) continue;
        gone.set(name, backlog);
        groups.delete(name);
      }
      for (const name of present) gone.delete(name);
      for (const { name, pending, left, oldest } of measure.groups) {
        const group = of(name);
        group.backlog = pending + left;
        group.pending = pending;
        group.oldestAt = oldest === null ? null : publishedAt(oldest);
      }
      for (const name of present) {
        const group = of(name);
        group.redeliveries = measure.totals.get(`redeliveries:${name}`) ?? 0;
        group.deadLetters = measure.totals.get(`dead:${name}`) ?? 0;
        group.lostTotal = measure.totals.get(`lost:${name}`) ?? 0;
      }
    },
    followed: (follower, offset) => followers.set(follower, offset),
    unfollowed: (follower) => followers.delete(follower),
    behind: () => named().reduce((most, [, { backlog }]) => Math.max(most, backlog), 0),
    stats() {
      const now = performance.now() + clockOffsetMs;
      of(FOLLOWERS).backlog = [...followers.values()].reduce<number>(
        (most, offset) => (offset === null ? most : Math.max(most, added - offset)),
        0,
      );
      return [...groups].map(([group, { oldestAt, ...figures }]) => ({
        topic,
        group,
        length,
        ...figures,
        backlog: Math.max(0, figures.backlog),
        pending: Math.max(0, Math.min(figures.pending, figures.backlog)),
        oldestAgeMs: oldestAt === null ? null : Math.max(0, now - oldestAt),
      }));
    },
  };
}
