import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../../e2e/support/platform/platform-process.ts';
import { SERVICE_NAMES, type ServiceName } from '../../packages/server/src/kit/lifecycle/service.ts';
import { startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { median } from '../measure/statistics.ts';
import { memoryOf } from './memory.ts';

const STARTS = 3;
/** Services that a platform may do without; the goal is for the nine others. */
const BESIDE: ReadonlySet<ServiceName> = new Set(['ingest', 'mirror', 'alerts']);
/** What the image gives each service beside its settings. */
const OF_THE_IMAGE = Object.fromEntries(
  Array.from(
    readFileSync(new URL('../../deploy/Dockerfile', import.meta.url), 'utf8').matchAll(/(MALLOC_\w+)=(\S+)/g),
    ([, name, value]) => [name, value],
  ),
);

/** Rows of each service as a process of its own on Redis and SQLite, idle beside the others. */
export async function measureServices(settleMs: number): Promise<string[]> {
  const redis = await startRedisServer();
  const folder = temporaryFolder();
  const running: Started[] = [];
  try {
    for (const name of SERVICE_NAMES) {
      // A feed is never idle, but those that would have to work for it are elsewhere.
      const bus = name === 'feed' ? `${redis.url}/1` : redis.url;
      const source = name === 'feed' ? ['--products', 'NIFTY'] : ['--source', 'none'];
      const shared = ['--bus', bus, '--queue', redis.url, '--cache', redis.url];
      const needed = name === 'mirror' ? ['--mirror', redis.url] : [];
      const flags = ['--only', name, ...needed, '--data', join(folder.path, name), ...source, ...shared];
      running.push(await startRepeatedly(flags, OF_THE_IMAGE));
    }
    await sleep(settleMs);
    const memory = running.map(({ platform }) => memoryOf(platform.pid));
    const together = (names: readonly ServiceName[]) =>
      names.reduce((sum, name) => sum + memory[SERVICE_NAMES.indexOf(name)].pss, 0).toFixed(0);
    return [
      ...SERVICE_NAMES.map((name, i) => rowOf(name, running[i].ms, memory[i].rss, memory[i].pss)),
      `| **the nine without ${[...BESIDE].join(', ')}** | | | ${together(SERVICE_NAMES.filter((name) => !BESIDE.has(name)))} |`,
      `| **all** | | | ${together(SERVICE_NAMES)} |`,
    ];
  } finally {
    await Promise.all(running.map(({ platform }) => platform.stop()));
    await redis.stop();
    folder.remove();
  }
}

const rowOf = (name: string, ...figures: readonly number[]): string =>
  `| ${[name, ...figures.map((each) => each.toFixed(0))].join(' | ')} |`;

export interface Started {
  /** The last of the starts, which is left running. */
  readonly platform: PlatformProcess;
  /** Milliseconds until a process said that it works, the median of the starts. */
  readonly ms: number;
}

export async function startRepeatedly(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const times: number[] = [];
  for (;;) {
    const begun = performance.now();
    const platform = await startPlatform(flags, environment);
    times.push(performance.now() - begun);
    if (times.length === STARTS) return { platform, ms: median(times) };
    await platform.stop();
  }
}
