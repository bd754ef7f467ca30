import { once } from 'node:events';
import { Redis } from 'ioredis';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { within } from '../../kit/lifecycle/bounded-wait.ts';
import type { Check } from '../../ports/check.ts';
import { REDIS, type RedisSettings } from './settings.ts';

export interface RedisConnectionOptions extends Partial<RedisSettings> {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** Keeps commands until the connection is back instead of rejecting them; false. */
  readonly waitWhileAway?: boolean;
  /** Told of every failure of the connection; the connection goes on by itself. */
  readonly onProblem?: (reason: string) => void;
}

/**
 * A connection that is not yet made. It comes back by itself, with exponential backoff and jitter, after
 * any failure; commands given while it is away reject at once and none is sent twice, so that nothing
 * piles up in it (unless `waitWhileAway`): what to do about them is the caller's decision.
 */
export function createConnection(options: RedisConnectionOptions): Redis {
  const settings = { ...REDIS.defaults, waitWhileAway: false, ...options };
  const redis = new Redis(settings.url, {
    protocol: 2,
    lazyConnect: true,
    connectionName: settings.name,
    connectTimeout: settings.connectTimeoutMs,
    socketTimeout: settings.answerTimeoutMs,
    enableOfflineQueue: settings.waitWhileAway,
    autoResendUnfulfilledCommands: settings.waitWhileAway,
    maxRetriesPerRequest: settings.waitWhileAway ? null : 0,
    retryStrategy: (times) => reconnectDelay(times, settings.firstReconnectMs, settings.maxReconnectMs),
    // A replica that was promoted, or a primary that was demoted: the name may lead elsewhere now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  // Every publication that waits for the connection listens to it; their number is bounded elsewhere. Not 0, which
  // means the same until a library adds to it.
  redis.setMaxListeners(Number.POSITIVE_INFINITY);
  noteRefusals(redis);
  redis.on('error', (error: Error) => settings.onProblem?.(reasonOf(error)));
  return redis;
}

/** Doubles from `firstMs` to `maxMs`; half of it is random, so that many clients do not come back at once. */
export function reconnectDelay(times: number, firstMs: number, maxMs: number): number {
  const longest = Math.min(maxMs, firstMs * 2 ** (times - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

/**
 * Connects for the first time. Rejects with `unavailable` that names the server, never its password, and with
 * `invalid_setting` when the server has no database of the number in the URL.
 */
export async function connect(redis: Redis, url: string): Promise<void> {
  try {
    await redis.connect();
    await requireDatabase(redis, url);
  } catch (cause) {
    redis.disconnect();
    if (cause instanceof DeltaStreamError) throw cause;
    throw new DeltaStreamError('unavailable', `cannot reach Redis at ${shownUrl(url)}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** A client whose SELECT was refused goes on with database 0, where another installation may be. */
async function requireDatabase(redis: Redis, url: string): Promise<void> {
  const { db = 0 } = redis.options;
  if (db === 0) return;
  try {
    await redis.select(db);
  } catch (cause) {
    throw new DeltaStreamError(
      'invalid_setting',
      `Redis at ${shownUrl(url)} has no database ${db}: ${reasonOf(cause)}`,
      { cause, permanent: true },
    );
  }
}

/** Resolves to true once the connection is ready, to false when the time is up or it was closed for good. */
export async function whenReady(redis: Redis, timeoutMs: number): Promise<boolean> {
  if (redis.status === 'ready') return true;
  if (redis.status === 'end' || timeoutMs <= 0) return false;
  const listening = new AbortController();
  const { signal } = listening;
  const settled = Promise.race([once(redis, 'ready', { signal }), once(redis, 'end', { signal })]);
  // Rejects when the connection fails meanwhile.
  await within(timeoutMs, settled, () => undefined).catch(() => undefined);
  listening.abort();
  return (redis.status as string) === 'ready';
}

/** Rejects when Redis has not answered after `timeoutMs`. */
export const replyWithin = <T>(timeoutMs: number, work: Promise<T>): Promise<T> =>
  within(timeoutMs, work, () => {
    throw new Error(`no response within ${timeoutMs} ms`);
  });

/** Whether the connection can be used now. */
export const connectionCheck = (name: string, redis: Redis): Check => {
  const reason = connectionFault(redis);
  return { name, ok: reason === null, reason };
};

/** Why the last try to connect failed, by connection; of a kind that is worth telling apart. */
const refusals = new WeakMap<Redis, string>();

/**
 * Why the connection cannot be used, in words that may be shown to anyone: neither address nor password. Null
 * while it can.
 */
export function connectionFault(redis: Redis): string | null {
  if (redis.status === 'ready') return null;
  return refusals.get(redis) ?? 'Redis cannot be reached';
}

/** Notes what the server said when it refused the connection; another failure takes its place. */
function noteRefusals(redis: Redis): void {
  redis.on('ready', () => refusals.delete(redis));
  redis.on('error', (error: Error) => {
    const [, code] = /\b(NOAUTH|WRONGPASS|NOPERM|LOADING|MASTERDOWN)\b/.exec(error.message) ?? [];
    if (code === undefined) refusals.delete(redis);
    else refusals.set(redis, REFUSALS[code]);
  });
}

const REFUSALS: Readonly<Record<string, string>> = {
  NOAUTH: 'Redis asks for a password and was given none (NOAUTH)',
  WRONGPASS: 'Redis refuses the user name or password (WRONGPASS)',
  NOPERM: 'Redis does not permit this account what is needed (NOPERM)',
  LOADING: 'Redis is loading its data (LOADING)',
  MASTERDOWN: 'this Redis is a replica that has lost its primary (MASTERDOWN)',
};

/** The URL as it may be shown: without its password. */
export function shownUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    return parsed.href;
  } catch {
    return 'an URL that cannot be read';
  }
}
