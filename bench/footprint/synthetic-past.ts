import { setTimeout as sleep } from 'node:timers/promises';
import { getJson } from '../../e2e/support/clients/rest.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../../e2e/support/platform/platform-process.ts';
import { SYNTHETIC } from '../../packages/server/src/services/feed/synthetic/synthetic-settings.ts';
import { memoryOf } from './memory.ts';

const AFTER_MS = 60_000;
const POLL_MS = 500;
/** Between the pasts of two products is a moment in which none is written. */
const CALM_POLLS = 6;
const LONGEST_MS = 300_000;

export interface PastMemory {
  /** Seconds that the past took. */
  readonly seconds: number;
  /** Megabytes resident, the largest reading while it was written. */
  readonly peak: number;
  /** A minute after it. */
  readonly later: number;
}

/** What a first start with the default products holds once their past is written, and the live market goes on. */
export async function measurePast(): Promise<PastMemory> {
  const folder = temporaryFolder();
  const sessions = String(SYNTHETIC.defaults.syntheticHistory);
  const platform = await startPlatform(['--data', folder.path, '--synthetic-history', sessions]);
  try {
    const begun = performance.now();
    let [peak, calm] = [0, 0];
    while (calm < CALM_POLLS) {
      if (performance.now() - begun > LONGEST_MS) throw new Error('the synthetic past takes too long');
      await sleep(POLL_MS);
      peak = Math.max(peak, memoryOf(platform.pid).rss);
      calm = (await isWritten(platform)) ? calm + 1 : 0;
    }
    const seconds = (performance.now() - begun - CALM_POLLS * POLL_MS) / 1000;
    await sleep(AFTER_MS);
    return { seconds, peak, later: memoryOf(platform.pid).rss };
  } finally {
    await platform.stop();
    folder.remove();
  }
}

async function isWritten({ url }: PlatformProcess): Promise<boolean> {
  const path = '/services/operations/readyz';
  const { checks } = await getJson<{ checks: { name: string; reason: string | null }[] }>(`${url}${path}`);
  return checks.every(({ name, reason }) => name !== 'jobs' || reason === null);
}
