import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../../e2e/support/platform/platform-process.ts';
import { SERVICE_NAMES } from '../../packages/server/src/kit/lifecycle/service.ts';
import { startRedisServer } from '../../packages/server/src/testing/redis-server.ts';
import { median } from '../statistics.ts';
import { memoryOf } from './memory.ts';

const STARTS = 3;

/** Each service as a process of its own on Redis and SQLite, idle: by itself, then all of them at the same time. */
export async function measureServices(settleMs: number): Promise<string[]> {
  const redis = await startRedisServer();
  const folder = temporaryFolder();
  const start = async (name: string) => {
    // A feed is never idle, but those that would have to work for it are elsewhere.
    const bus = name === 'feed' ? `${redis.url}/1` : redis.url;
    const source = name === 'feed' ? ['--products', 'NIFTY'] : ['--source', 'none'];
    const shared = ['--bus', bus, '--queue', redis.url, '--cache', redis.url];
    return startedIn(['--only', name, '--data', join(folder.path, name), ...source, ...shared]);
  };
  const rows: string[] = [];
  const together: PlatformProcess[] = [];
  try {
    const alone = new Map<string, string>();
    for (const name of SERVICE_NAMES) alone.set(name, await measureAlone(() => start(name), settleMs));
    for (const name of SERVICE_NAMES) together.push((await start(name)).platform);
    await sleep(settleMs);
    const shares = together.map(({ pid }) => memoryOf(pid).pss);
    for (const [i, name] of SERVICE_NAMES.entries()) {
      rows.push(`| ${name} | ${alone.get(name)} | ${shares[i].toFixed(0)} |`);
    }
    rows.push(`| **together** | | | | ${shares.reduce((sum, each) => sum + each, 0).toFixed(0)} |`);
    return rows;
  } finally {
    for (const platform of together) await platform.stop();
    await redis.stop();
    folder.remove();
  }
}

/** Columns of one process: milliseconds to ready, the median of some starts, RSS and PSS when it has settled. */
export async function measureAlone(
  start: () => ReturnType<typeof startedIn>,
  settleMs: number,
): Promise<string> {
  const times: number[] = [];
  for (let i = 1; ; i++) {
    const { platform, ms } = await start();
    times.push(ms);
    if (i < STARTS) {
      await platform.stop();
      continue;
    }
    await sleep(settleMs);
    const { rss, pss } = memoryOf(platform.pid);
    await platform.stop();
    return [median(times), rss, pss].map((each) => each.toFixed(0)).join(' | ');
  }
}

/** A process, and the milliseconds until it said that it works. */
export async function startedIn(
  flags: readonly string[],
): Promise<{ platform: PlatformProcess; ms: number }> {
  const begun = performance.now();
  const platform = await startPlatform(flags);
  return { platform, ms: performance.now() - begun };
}
