import { sessionsBefore, type TradingSession } from '@deltastream/reference';
import { afterAll, expect, it } from 'vitest';
import { getAll, getJson } from '../support/clients/rest.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const SESSIONS = 25;
const FLAGS = ['--products', 'NIFTY', '--synthetic-history', String(SESSIONS)];
const NSE = { exchange: 'NSE', kind: 'index' } as const;
const STEP_MS = 300_000;
/** Each step and the closing have the same expiries: three, or one more where the last of the months is less than five weeks away. */
function isComplete({ fromMs, untilMs }: TradingSession, chains = 0): boolean {
  const shown = (untilMs - fromMs) / STEP_MS + 1;
  return chains >= 3 * shown && chains % shown === 0;
}

const folder = temporaryFolder();
let platform: PlatformProcess | null = null;
afterAll(async () => {
  await platform?.stop();
  folder.remove();
});

/** What operations says of its jobs; null when nothing is written. */
async function progress({ url }: PlatformProcess): Promise<string | null> {
  const path = '/services/operations/readyz';
  const { checks } = await getJson<{ checks: { name: string; reason: string | null }[] }>(`${url}${path}`);
  return checks.find(({ name }) => name === 'jobs')?.reason ?? null;
}

it('a first start has sessions to show, also when it is killed while they are written', async () => {
  const begun = Date.now();
  const first = await startPlatform([...FLAGS, '--data', folder.path]);
  await expect
    .poll(() => progress(first), { interval: 20 })
    .toMatch(/NIFTY is written: [1-9]\d{2,} chains so far/);
  first.kill('SIGKILL');
  await first.exited();

  platform = await startPlatform([...FLAGS, '--data', folder.path]);
  const { url } = platform;
  const bars = () =>
    getJson<{ bars: { start: string; high: number; low: number }[] }>(
      `${url}/api/analytics/ohlc/NIFTY?interval=1d`,
    );
  const sessions = sessionsBefore(NSE, begun, SESSIONS);
  // The live market goes on in the last one.
  const over = sessions.slice(0, -1);

  // Every session that is over has all of its chains.
  await expect
    .poll(async () => {
      const listed = await getJson<{ expiries: { expiry: string }[] }>(`${url}/api/data/expiries/NIFTY`);
      const byDay = new Map<string, number>();
      for (const { expiry } of listed.expiries) {
        const path = `/api/analytics/pcr/NIFTY?expiry=${expiry}&from=2000-01-01T00:00:00Z&limit=1000`;
        for (const { timestamp } of await getAll<{ timestamp: string }, 'history'>(
          `${url}${path}`,
          'history',
        )) {
          byDay.set(timestamp.slice(0, 10), (byDay.get(timestamp.slice(0, 10)) ?? 0) + 1);
        }
      }
      return over.every((session) => isComplete(session, byDay.get(session.date)));
    })
    .toBe(true);
  const starts = (await bars()).bars.map(({ start }) => Date.parse(start));
  for (const { fromMs } of sessions) expect(starts).toContain(fromMs);
  for (const { high, low } of (await bars()).bars.slice(0, -1)) expect(high).toBeGreaterThan(low);
  // Some of what was listed has expired since.
  const { expiries: all } = await getJson<{ expiries: { expiry: string }[] }>(
    `${url}/api/data/expiries/NIFTY`,
  );
  expect(all.some(({ expiry }) => expiry < new Date(begun).toISOString().slice(0, 10))).toBe(true);
  await expect.poll(() => progress(platform as PlatformProcess)).toBeNull();
});
