import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformStatus } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { expect, it } from 'vitest';
import { haveRedisServer, startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { getJson } from '../support/clients/rest.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import { startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';

const HOUR_MS = 3_600_000;
const WATCHED_MS = 3_000;
const MAX_SILENCE_MS = 3_000;
const MAX_RECOVERY_MS = 8_000;
const CLOCK = new URL('../support/platform/stepping-clock.ts', import.meta.url).href;

it.runIf(haveRedisServer())('goes on when the wall clock is set an hour ahead and back again', async () => {
  const redis = await startRedisServer();
  const folder = temporaryFolder();
  const offset = join(folder.path, 'offset');
  writeFileSync(offset, '0');
  const platform = await startPlatform(
    [
      ...['--bus', redis.url, '--queue', redis.url, '--data', join(folder.path, 'data')],
      ...['--products', 'NIFTY', '--surface-interval-ms', '500'],
    ],
    { NODE_OPTIONS: `--import=${CLOCK}`, DELTASTREAM_CLOCK_OFFSET_FILE: offset },
  );
  const socket = io(platform.url, { transports: ['websocket'], forceNew: true });
  let prices = 0;
  let lastMs = performance.now();
  let silenceMs = 0;
  socket.on('price_update', () => {
    const now = performance.now();
    silenceMs = Math.max(silenceMs, now - lastMs);
    lastMs = now;
    prices += 1;
  });
  const surfaces = () => metricSum(platform.url, 'deltastream_analytics_surfaces_total');
  const stored = () => metricSum(platform.url, 'deltastream_storage_stored_total');
  const ready = async () => (await fetch(`${platform.url}/readyz`)).status === 200;
  const told = () => getJson<{ timestamp: string; platform: PlatformStatus }>(`${platform.url}/api/status`);

  async function goesOn(when: string): Promise<PlatformStatus> {
    const begun = performance.now();
    const before = { prices, surfaces: await surfaces(), stored: await stored() };
    silenceMs = 0;
    let [asked, notReady] = [0, 0];
    const took: Record<string, number> = {};
    const more = async (what: string, now: () => Promise<number> | number, than: number) => {
      await expect
        .poll(now, { timeout: longestMs(MAX_RECOVERY_MS), message: `${what}, ${when}` })
        .toBeGreaterThan(than);
      took[what] = Math.round(performance.now() - begun);
    };
    const watching = (async () => {
      while (performance.now() - begun < WATCHED_MS) {
        asked += 1;
        if (!(await ready())) notReady += 1;
        await sleep(50);
      }
    })();
    await Promise.all([
      watching,
      more('prices', () => prices, before.prices + 5),
      more('surfaces', surfaces, before.surfaces + 2),
      more('stored', stored, before.stored + 5),
    ]);
    const now = (await told()).platform;
    console.log(
      `Clock ${when}: each goes on after ${JSON.stringify(took)} ms; longest silence ${Math.round(silenceMs)} ms; ` +
        `not ready ${notReady} of ${asked} times; feed ${now.feed.state} since ${now.feed.since}`,
    );
    expect(silenceMs).toBeLessThan(longestMs(MAX_SILENCE_MS));
    // Nothing failed, so nothing may be said to have.
    expect([notReady, now.data, now.problems]).toEqual([0, 'live', []]);
    return now;
  }

  try {
    await socket.emitWithAck('subscribe', { type: 'product', symbol: 'NIFTY' });
    await expect.poll(surfaces).toBeGreaterThan(1);
    await expect.poll(ready).toBe(true);
    const before = await goesOn('untouched');
    writeFileSync(offset, String(HOUR_MS));
    const asideMs = async () => Date.parse((await told()).timestamp) - Date.now();
    await expect.poll(asideMs).toBeGreaterThan(HOUR_MS / 2);
    const ahead = await goesOn('an hour ahead');
    writeFileSync(offset, '0');
    await expect.poll(asideMs).toBeLessThan(HOUR_MS / 2);
    const back = await goesOn('set back');
    expect([ahead.feed.since, back.feed.since]).toEqual([before.feed.since, before.feed.since]);
    expect(platform.output()).not.toContain('Warning');
  } finally {
    socket.close();
    await platform.stop();
    await redis.stop();
    folder.remove();
  }
});
