import { join } from 'node:path';
import type { MarketStatus } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { expect, it } from 'vitest';
import { haveRedisServer, startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import { runToExit, startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';

const MAX_RECOVERY_MS = 10_000;

it.runIf(haveRedisServer())(
  'starts everything again by itself after Redis lost all its data and scripts',
  async () => {
    const redis = await startRedisServer();
    const folder = temporaryFolder();
    const shared = ['--bus', redis.url, '--queue', redis.url, '--cache', redis.url];
    const platform = await startPlatform([
      ...shared,
      ...['--data', join(folder.path, 'data'), '--products', 'NIFTY', '--surface-interval-ms', '500'],
    ]);
    const socket = io(platform.url, { transports: ['websocket'], forceNew: true });
    const prices: number[] = [];
    const told: MarketStatus[] = [];
    socket.on('price_update', ({ seq }: { seq: number }) => prices.push(seq));
    socket.on('market_status', (status: MarketStatus) => told.push(status));
    const stored = () => metricSum(platform.url, 'deltastream_storage_stored_total');
    const surfaces = () => metricSum(platform.url, 'deltastream_analytics_surfaces_total');
    const connection = redis.connect();
    try {
      await socket.emitWithAck('subscribe', { type: 'product', symbol: 'NIFTY' });
      await expect.poll(surfaces).toBeGreaterThan(1);
      await expect.poll(() => prices.length).toBeGreaterThan(2);

      await connection.flushall();
      await connection.script('FLUSH');
      const emptiedAt = performance.now();
      const before = { stored: await stored(), surfaces: await surfaces(), prices: prices.length };
      const took: Record<string, number> = {};
      const goesOn = async (what: string, now: () => Promise<number> | number, than: number) => {
        await expect
          .poll(now, { timeout: longestMs(MAX_RECOVERY_MS), interval: 50, message: what })
          .toBeGreaterThan(than);
        took[what] = Math.round(performance.now() - emptiedAt);
      };
      await Promise.all([
        goesOn('stored', stored, before.stored + 5),
        goesOn('surfaces', surfaces, before.surfaces + 2),
        goesOn('prices', () => prices.length, before.prices + 5),
      ]);
      process.stdout.write(`Redis emptied: each goes on after ${JSON.stringify(took)} ms\n`);
      // Each says by its next sign of life that it is there.
      const workers = async () => (await runToExit(['workers', 'list', '--bus', redis.url])).output;
      await expect.poll(workers).toMatch(/enricher .*\n.*storage /);
      await expect.poll(() => told.at(-1)?.status).toBe('live');
      await expect.poll(async () => (await fetch(`${platform.url}/readyz`)).status).toBe(200);
    } finally {
      connection.disconnect();
      socket.close();
      await platform.stop();
      await redis.stop();
      folder.remove();
    }
  },
);
