import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { reasonOf } from '../../kit/errors.ts';
import type { Finding } from '../../kit/health/finding.ts';
import { connect, createConnection, shownUrl } from './connection.ts';
import { EVICTION_RULES, evictionFault, evictionPolicy, type RedisUse } from './eviction-policy.ts';

export interface ExamineOptions {
  /** Oldest version that will do; 7.0.0, for the counts of streams and scripts with flags. */
  readonly oldestVersion?: string;
  /** Longest median round trip that is fit for a live market; 20 ms. */
  readonly maxLatencyMs?: number;
  /** Largest difference of clocks; 1,000 ms. */
  readonly maxClockDifferenceMs?: number;
  readonly connectTimeoutMs?: number;
}

const DEFAULTS = {
  oldestVersion: '7.0.0',
  maxLatencyMs: 20,
  maxClockDifferenceMs: 1_000,
  connectTimeoutMs: 3_000,
};
const PINGS = 21;

/** Uses every kind of command that the adapters use, on a key of its own. */
const TRIAL = `#!lua flags=allow-oom
redis.call('XADD', KEYS[1], '*', 'f', '1')
redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '0')
redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', KEYS[1], '>')
redis.call('XAUTOCLAIM', KEYS[1], 'g', 'c', 0, '0-0')
redis.call('XINFO', 'GROUPS', KEYS[1])
redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', '1')
redis.call('PEXPIRE', KEYS[1], 1000)
return redis.call('DEL', KEYS[1])
`;

/** Examines a Redis for one of its uses: reachable, version, latency, eviction, permission, clock. */
export async function examineRedis(
  use: RedisUse,
  url: string,
  options: ExamineOptions = {},
): Promise<Finding[]> {
  const limits = { ...DEFAULTS, ...options };
  const findings: Finding[] = [];
  const add = (check: string, ok: boolean, detail: string) => findings.push({ part: use, check, ok, detail });
  const attempt = async (check: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      add(check, false, reasonOf(error));
    }
  };

  const redis = createConnection({
    url,
    name: 'deltastream:doctor',
    connectTimeoutMs: limits.connectTimeoutMs,
    answerTimeoutMs: limits.connectTimeoutMs,
  });
  try {
    await connect(redis, url);
  } catch (error) {
    add('reachable', false, reasonOf(error));
    return findings;
  }
  add('reachable', true, shownUrl(url));
  await attempt('version', async () => {
    const version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown';
    add(
      'version',
      atLeast(version, limits.oldestVersion),
      `${version}; ${limits.oldestVersion} or later is needed`,
    );
  });
  await attempt('latency', async () => {
    const { medianMs, worstMs } = await roundTrips(redis);
    const detail = `median ${medianMs.toFixed(2)} ms, worst ${worstMs.toFixed(2)} ms of ${PINGS}`;
    add(
      'latency',
      medianMs <= limits.maxLatencyMs,
      `${detail}; at most ${limits.maxLatencyMs} ms fit a live market`,
    );
  });
  await attempt('eviction policy', async () => {
    const policy = await evictionPolicy(redis);
    const found = policy ?? 'unknown (the account may use neither INFO nor CONFIG GET)';
    const fits = evictionFault(use, policy) === null;
    add('eviction policy', fits, `${found}; needed: ${EVICTION_RULES[use].needed}`);
  });
  await attempt('permission', async () => {
    await redis.eval(TRIAL, 1, `deltastream:doctor:${randomUUID()}`);
    add('permission', true, 'streams, groups, hashes and scripts may be used');
  });
  await attempt('clock', async () => {
    const sentAt = Date.now();
    const [seconds, microseconds] = await redis.time();
    const here = (sentAt + Date.now()) / 2;
    const difference = Math.round(Number(seconds) * 1000 + Number(microseconds) / 1000 - here);
    const fits = Math.abs(difference) <= limits.maxClockDifferenceMs;
    add('clock', fits, `${difference} ms from this machine's; at most ${limits.maxClockDifferenceMs} ms`);
  });
  redis.disconnect();
  return findings;
}

async function roundTrips(redis: Redis): Promise<{ medianMs: number; worstMs: number }> {
  const samples: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const begun = performance.now();
    await redis.ping();
    samples.push(performance.now() - begun);
  }
  samples.sort((a, b) => a - b);
  return { medianMs: samples[PINGS >> 1], worstMs: samples[PINGS - 1] };
}

function atLeast(version: string, oldest: string): boolean {
  const [have, need] = [version, oldest].map((each) => each.split('.').map(Number));
  for (const [i, part] of need.entries()) {
    if (have[i] !== part) return have[i] > part;
  }
  return true;
}
