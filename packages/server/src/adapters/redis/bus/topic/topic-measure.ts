import type { Redis } from 'ioredis';
import type { Position } from '../../../../ports/bus.ts';
import type { TopicKeys } from '../keys.ts';
import { trimTopic } from './trim-script.ts';

/** A topic as the server has it at one instant. */
export interface TopicMeasure {
  /** Frames published since the topic came to be. */
  readonly added: number;
  readonly last: Position;
  /** Frames held. */
  readonly length: number;
  readonly nowMs: number;
  readonly groups: readonly GroupMeasure[];
  /** By group: what happened to its frames so far, in every process. */
  readonly totals: ReadonlyMap<string, number>;
}

export interface GroupMeasure {
  readonly name: string;
  /** Delivered and not acknowledged. */
  readonly pending: number;
  /** Not yet delivered. */
  readonly left: number;
  /** Null when everything is acknowledged. */
  readonly oldest: Position | null;
  readonly lastDelivered: Position;
}

export interface TrimOrder {
  /** Acknowledged frames that stay, the newest; 0 trims nothing. */
  readonly history: number;
  /** While frames are being handled, what everybody acknowledged goes up to here; it has the history behind it. */
  readonly upTo: Position;
  /** Acknowledged frames that are younger stay, too; 0: none for that. Up to `resumeFrom` they go all the same. */
  readonly resumeMs: number;
  readonly resumeFrom: Position;
  /** Frames a group may be behind before its oldest are dropped; 0 drops nothing. */
  readonly limit: number;
  /** Frames dropped at most. */
  readonly most: number;
}

export const MEASURE_ONLY: TrimOrder = {
  ...{ history: 0, upTo: '0-0', limit: 0, most: 0 },
  ...{ resumeMs: 0, resumeFrom: '0-0' },
};

export async function measureTopic(redis: Redis, keys: TopicKeys, order: TrimOrder): Promise<TopicMeasure> {
  const reply = (await trimTopic(
    redis,
    [keys.frames, keys.totals],
    [order.upTo, order.limit, order.most, order.history, order.resumeMs, order.resumeFrom],
  )) as [number, Buffer, number, number, [Buffer, number, number, Buffer, Buffer][], Buffer[]];
  const [added, last, length, nowMs, groups, totals] = reply;
  return {
    added,
    last: last.toString(),
    length,
    nowMs,
    groups: groups.map(([name, pending, left, oldest, lastDelivered]) => ({
      name: name.toString(),
      pending,
      left,
      oldest: oldest.length === 0 ? null : oldest.toString(),
      lastDelivered: lastDelivered.toString(),
    })),
    totals: new Map(pairs(totals).map(([name, count]) => [name.toString(), Number(count.toString())])),
  };
}

/** A flat list of names and values, as Redis returns maps, as pairs. */
export function pairs<T>(flat: readonly T[]): [T, T][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
}

/** Orders positions of one topic. */
export function comparePositions(a: Position, b: Position): number {
  const [aMs, aSeq] = a.split('-');
  const [bMs, bSeq] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSeq) - Number(bSeq);
}

/** When the frame at a position was published, by the clock of the server. */
export const publishedAt = (position: Position): number => Number(position.split('-', 1)[0]);
