import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { reasonOf } from '../../../../kit/errors.ts';
import type { FollowHandler, Position, Subscription } from '../../../../ports/bus.ts';
import { whenReady } from '../../connection.ts';
import { FOLLOWERS } from '../keys.ts';
import { AWAY_MS, RETRY_MS, type RedisBusSettings } from '../settings.ts';
import type { RedisTopic } from '../topic/topic.ts';
import { comparePositions, pairs } from '../topic/topic-measure.ts';
import { contextOf } from './entry-context.ts';
import { buryFrame } from './group-scripts.ts';

export interface FollowerParts {
  readonly commands: Redis;
  /** For the blocking read, this follower's own. */
  readonly reader: Redis;
  readonly topic: RedisTopic;
  readonly from: Position;
  /** Frames published up to `from`; null when that is not known. */
  readonly offset: number | null;
  readonly handler: FollowHandler;
  readonly settings: RedisBusSettings;
}

const BATCH = 128; // About 1 MB of chains of 100 strikes.
const BLOCK_MS = 500; // Below the silence after which a connection is made anew.

type Entries = [Buffer, Buffer[] | null][];

/**
 * Reads everything from a position on, in order. Redis numbers no frames, so the follower counts what it
 * reads and compares with the stream's own count whenever it has caught up: the difference was trimmed
 * before it was read, and is added to the topic's losses.
 */
export function startFollower(parts: FollowerParts): Subscription {
  const { commands, reader, topic, settings } = parts;
  const { keys, figures } = topic;
  const logger = settings.logger.child({ topic: topic.name });
  const stopping = new AbortController();
  let position = parts.from;
  let offset = parts.offset;
  let unreported = 0;
  let stopped: Promise<void> | null = null;

  const hand = (entries: Entries) => {
    for (const [id, fields] of entries) {
      if (stopping.signal.aborted) return;
      position = id.toString();
      if (offset !== null) offset += 1;
      if (fields) handOver(fields[1], contextOf(fields));
    }
    figures.followed(subscription, offset);
  };

  const handOver = (frame: Buffer, context: string | undefined) => {
    try {
      parts.handler({ frame, position, deliveries: 1, context });
    } catch (error) {
      const values = [FOLLOWERS, Date.now(), settings.maxDeadLetters, position, frame, 1, reasonOf(error)];
      buryFrame(commands, [keys.frames, keys.dead, keys.totals], values).then(
        () => figures.buried(FOLLOWERS, 0),
        (failure) => logger.event('dead_letter_not_stored', { reason: reasonOf(failure) }),
      );
    }
  };

  /** Reads what is there, and the stream's own count with it. True when there may be more. */
  const catchUp = async (): Promise<boolean> => {
    const replies = await reader
      .multi()
      .callBuffer('XINFO', 'STREAM', keys.frames)
      .callBuffer('XREAD', 'COUNT', BATCH, 'STREAMS', keys.frames, position)
      .exec();
    const [info, read] = replies ?? [];
    if (!Array.isArray(info?.[1])) return false;
    const stream = new Map(pairs<unknown>(info[1]).map(([name, value]) => [String(name), value]));
    const added = Number(stream.get('entries-added'));
    const last = String(stream.get('last-generated-id'));
    if (comparePositions(last, position) < 0) {
      // The server lost its newest frames: what comes now comes after what it still has.
      position = last;
      offset = added;
    }
    const entries = (read?.[1] as [Buffer, Entries][] | null)?.[0]?.[1] ?? [];
    hand(entries);
    if (entries.length < BATCH) countLost(added);
    return entries.length === BATCH;
  };

  const countLost = (added: number) => {
    const lost = offset === null ? 0 : added - offset;
    offset = added;
    figures.followed(subscription, offset);
    if (lost <= 0) return;
    logger.event('frames_trimmed', { lost });
    unreported += lost;
  };

  /** What Redis did not take is reported again: a loss that is not counted would be a silent one. */
  const reportLost = async () => {
    if (unreported === 0) return;
    const lost = unreported;
    unreported = 0;
    try {
      await commands.hincrby(keys.totals, `lost:${FOLLOWERS}`, lost);
    } catch {
      unreported += lost;
    }
  };

  const waitForMore = async () => {
    const reply = (await reader.callBuffer(
      ...(['XREAD', 'COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', keys.frames, position] as const),
    )) as [Buffer, Entries][] | null;
    hand(reply?.[0]?.[1] ?? []);
    return reply !== null;
  };

  const recover = async (error: unknown) => {
    if (stopping.signal.aborted) return;
    if (reader.status !== 'ready' && (await whenReady(reader, AWAY_MS))) return;
    logger.event('frames_not_followed', { reason: reasonOf(error) });
    await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
  };

  const loop = async () => {
    let mayBeMore = true;
    while (!stopping.signal.aborted) {
      try {
        mayBeMore = mayBeMore ? await catchUp() : await waitForMore();
        await reportLost();
      } catch (error) {
        mayBeMore = true;
        await recover(error);
      }
    }
  };

  const finish = async () => {
    stopping.abort();
    // A read under way has nothing that a stopped follower would want.
    reader.disconnect();
    await looping;
    figures.unfollowed(subscription);
  };

  const subscription: Subscription = {
    stop() {
      stopped ??= finish();
      return stopped;
    },
  };
  const looping = loop();
  return subscription;
}
