import type { Redis } from 'ioredis';
import { DeltaStreamError } from '../../kit/errors.ts';
import { shownUrl } from './connection.ts';

/** What Redis does when its memory is full. From INFO, which managed servers allow where CONFIG is not. */
export async function evictionPolicy(redis: Redis): Promise<string> {
  const memory = await redis.info('memory');
  return /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'unknown';
}

/** Throws `invalid_setting` when Redis may throw away jobs to make room. */
export async function requireNoEviction(redis: Redis, url: string): Promise<void> {
  const policy = await evictionPolicy(redis);
  if (policy === 'noeviction') return;
  throw new DeltaStreamError(
    'invalid_setting',
    `--queue: Redis at ${shownUrl(url)} has maxmemory-policy "${policy}", which may drop jobs; ` +
      'the queue needs "noeviction"',
  );
}
