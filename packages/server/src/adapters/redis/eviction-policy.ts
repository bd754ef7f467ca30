import type { Redis } from 'ioredis';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logging/log.ts';
import type { Check } from '../../ports/check.ts';
import { shownUrl } from './connection.ts';

export type RedisUse = 'bus' | 'queue' | 'cache';

/**
 * What each use of Redis needs of its `maxmemory-policy`. Streams have no expiry, so the `volatile-*` policies
 * keep them; the locks of jobs have one, and a job whose lock is evicted runs twice.
 */
export const EVICTION_RULES: Readonly<
  Record<RedisUse, { readonly fits: RegExp; readonly needed: string; readonly lost: string }>
> = {
  bus: {
    fits: /^(noeviction|volatile-.+)$/,
    needed: '"noeviction" or a "volatile-" policy',
    lost: 'messages',
  },
  queue: { fits: /^noeviction$/, needed: '"noeviction"', lost: 'jobs' },
  cache: { fits: /./, needed: 'any policy', lost: 'cached responses' },
};

/**
 * What Redis does when its memory is full. From INFO, which managed servers allow where CONFIG is not, else
 * from CONFIG; null when the account may use neither. Rejects when the connection fails.
 */
export async function evictionPolicy(redis: Redis): Promise<string | null> {
  const memory = await unlessRefused(redis.info('memory'));
  const named = /^maxmemory_policy:(\S+)/m.exec(memory ?? '')?.[1];
  if (named !== undefined) return named;
  const setting = (await unlessRefused(redis.config('GET', 'maxmemory-policy'))) as string[] | null;
  return setting?.[1] ?? null;
}

/** Null for what the server refuses to this account or does not know. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError' && /^(NOPERM|ERR)/.test(error.message))
      return null;
    throw error;
  }
}

/** What is wrong with a policy for a use, with the remedy; null when it fits. A policy that is not known is not a fault. */
export function evictionFault(use: RedisUse, policy: string | null): string | null {
  const { fits, needed, lost } = EVICTION_RULES[use];
  if (policy === null || fits.test(policy)) return null;
  return (
    `Redis has maxmemory-policy "${policy}", which may drop ${lost} when its memory is full; ` +
    `the ${use} needs ${needed}: CONFIG SET maxmemory-policy noeviction, and the same in its configuration`
  );
}

export interface EvictionWatch {
  check(): Check;
  stop(): void;
}

export interface EvictionWatchOptions {
  readonly use: RedisUse;
  readonly url: string;
  readonly logger: Logger;
  /** How often the policy is examined while connected; it is at every reconnect too. */
  readonly intervalMs: number;
}

/**
 * Examines the policy now, and again every interval and at every reconnect, which may lead to another server.
 * Rejects with `invalid_setting`, which names the policy and the remedy, when it does not fit at the start; a
 * change later fails the check and is logged, since what was stored is better served than dropped.
 */
export async function watchEvictionPolicy(
  redis: Redis,
  { use, url, logger, intervalMs }: EvictionWatchOptions,
): Promise<EvictionWatch> {
  let policy = await evictionPolicy(redis);
  const atStart = evictionFault(use, policy);
  if (atStart !== null) {
    throw new DeltaStreamError('invalid_setting', `--${use} ${shownUrl(url)}: ${atStart}`);
  }
  if (policy === null) {
    logger.event('eviction_policy_unknown', { use });
  }

  const examine = async () => {
    if (redis.status !== 'ready') return;
    try {
      const now = await evictionPolicy(redis);
      if (now === policy) return;
      policy = now;
      const fault = evictionFault(use, now);
      if (fault === null) logger.event('eviction_policy_fits', { use, policy: now });
      else logger.event('eviction_policy_unfit', { use, policy: now }, fault);
    } catch (error) {
      logger.event('eviction_policy_not_examined', { use, reason: reasonOf(error) });
    }
  };
  const timer = setInterval(examine, intervalMs);
  redis.on('ready', examine);

  return {
    check() {
      const fault = evictionFault(use, policy);
      const name = `${use}_eviction_policy`;
      if (policy === null) {
        return { name, ok: true, reason: 'unknown: the account may use neither INFO nor CONFIG GET' };
      }
      return { name, ok: fault === null, reason: fault };
    },
    stop() {
      clearInterval(timer);
      redis.off('ready', examine);
    },
  };
}
