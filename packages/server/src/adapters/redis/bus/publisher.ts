import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { unlessAborted } from '../../../kit/lifecycle/bounded-wait.ts';
import type { Position } from '../../../ports/bus.ts';
import { whenReady } from '../connection.ts';
import { gatherWrites } from '../gather-writes.ts';
import { RETRY_MS, type RedisBusSettings } from './settings.ts';
import type { RedisTopic } from './topic/topic.ts';

const HELD_BACK_MS = 20; // How often a publisher looks whether the slowest consumer has made room.
/** Errors that say "not now": a server that loads, is full, busy, or no longer the primary. */
const LATER = /^(LOADING|OOM|BUSY|READONLY|MASTERDOWN|TRYAGAIN|NOREPLICAS|CLUSTERDOWN|MISCONF)/;

export interface Publisher {
  publish(topic: RedisTopic, frame: Uint8Array, context?: string): Promise<Position>;
  /** Refuses what waits and what comes. */
  close(): void;
}

/**
 * Appends frames. While Redis is away or full a publication waits up to `publishTimeoutMs` and is then
 * refused; what waits is bounded in bytes. A frame whose reply was lost with the connection is sent
 * again, so it may be in the stream twice: delivery is at least once.
 */
export function createPublisher(redis: Redis, settings: RedisBusSettings): Publisher {
  const closing = new AbortController();
  let waitingBytes = 0;

  const append = async (topic: RedisTopic, frame: Buffer, context?: string): Promise<Position> => {
    const deadline = performance.now() + settings.publishTimeoutMs;
    for (;;) {
      try {
        gatherWrites(redis);
        // Behind the frame, so that a reader of an earlier release finds that where it looks for it.
        const said = context === undefined ? [] : ['c', context];
        const position = await redis.callBuffer('XADD', topic.keys.frames, '*', 'f', frame, ...said);
        return String(position);
      } catch (error) {
        if (redis.status === 'ready' && error instanceof Error && !LATER.test(error.message)) {
          if (isReplyError(error)) throw refused(topic.name, error);
        }
        await laterOr(topic.name, error, deadline);
      }
    }
  };

  /** Waits until another try makes sense; rejects when there is no time for one. */
  const laterOr = async (topic: string, error: unknown, deadline: number) => {
    const left = deadline - performance.now();
    if (left <= 0) throw refused(topic, error);
    if (redis.status === 'ready') await pause(Math.min(left, RETRY_MS));
    else await unlessAborted(closing.signal, whenReady(redis, left), () => false);
    if (closing.signal.aborted) throw stopped(topic);
  };

  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined);

  const hold = async (topic: RedisTopic) => {
    while (topic.overflowing() && !closing.signal.aborted) {
      await topic.trim().catch(() => undefined);
      if (topic.overflowing()) await pause(HELD_BACK_MS);
    }
  };

  return {
    async publish(topic, frame, context) {
      if (closing.signal.aborted) throw stopped(topic.name);
      const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
      if (redis.status !== 'ready' && waitingBytes + bytes.length > settings.maxWaitingBytes) {
        throw refused(topic.name, `${waitingBytes} bytes wait for Redis already`);
      }
      waitingBytes += bytes.length;
      try {
        const position = await append(topic, bytes, context);
        topic.published(bytes.length);
        if (settings.overflow === 'wait') await hold(topic);
        return position;
      } finally {
        waitingBytes -= bytes.length;
      }
    },
    close: () => closing.abort(),
  };
}

const isReplyError = (error: Error): boolean => error.name === 'ReplyError';

const refused = (topic: string, cause: unknown) =>
  new DeltaStreamError('unavailable', `Redis did not take a frame of ${topic}: ${reasonOf(cause)}`, {
    cause,
    retryAfterSeconds: 1,
  });

const stopped = (topic: string) =>
  new DeltaStreamError('stopped', `bus is closed; topic ${topic} is not available`);
