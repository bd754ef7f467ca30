import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_TICKS, MARKET_TICKS, type PriceUpdate } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { get, startHttpClients } from '../support/clients/http-clients.ts';
import { nameOf, startTraffic } from '../support/market/market-traffic.ts';
import { compareStored, readStoredMarket } from '../support/market/stored-market.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  STOPPED_MS,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { openRedisStand } from '../support/platform/redis-stand.ts';

const PRODUCTS = ['NIFTY', 'BTC', 'AAPL', 'SENSEX'];
const HTTP_CLIENTS = 24;
const SOCKET_CLIENTS = 20;
const PATHS = ['/api/data/products', '/api/data/chain/NIFTY', '/api/data/underlying/BTC?limit=500', '/livez'];

/** SIGTERM, and what came of it. */
async function terminate(platform: PlatformProcess): Promise<{ code: number | null; ms: number }> {
  const begun = performance.now();
  const code = await platform.stop();
  return { code, ms: performance.now() - begun };
}

describe('SIGTERM under load', () => {
  it('embedded: every request is answered, sockets are told, and everything is stored', async () => {
    const folder = temporaryFolder();
    const feed = ['--products', PRODUCTS.join(','), '--ticks-per-second', '50', '--read-rate', '0'];
    // Long enough to be looked at, and for a loaded machine to drain the bus in half of the time of the stop.
    const times = ['--http-close-grace-ms', '3000', '--stop-timeout-ms', '40000'];
    const platform = await startPlatform(['--data', folder.path, ...feed, ...times]);
    const shown = new Map<string, number>();
    let told = 0;
    const sockets = Array.from({ length: SOCKET_CLIENTS }, () =>
      io(platform.url, { transports: ['websocket'], reconnection: false, forceNew: true }),
    );
    try {
      await sleep(1500);
      for (const socket of sockets) {
        socket.on('price_update', ({ product, seq }: PriceUpdate) => {
          shown.set(product, Math.max(seq, shown.get(product) ?? 0));
        });
        socket.on('error', ({ code }: { code: string }) => {
          if (code === 'stopped') told += 1;
        });
        for (const symbol of PRODUCTS)
          await socket.emitWithAck('subscribe', { type: 'product', symbol, interval_ms: 0 });
      }
      const clients = startHttpClients(platform.url, PATHS, HTTP_CLIENTS);
      // Kept open and silent, so that the time in which a stop is announced can be looked at.
      const idle = new Agent({ keepAlive: true });
      await get(`${platform.url}/livez`, idle);
      await sleep(1000);

      const ended = terminate(platform);
      const readiness = () => fetch(`${platform.url}/readyz`, { headers: { connection: 'close' } });
      await expect.poll(async () => (await readiness()).status, { interval: 10 }).toBe(503);
      await clients.dismissed;
      const { code, ms } = await ended;
      await expect.poll(() => sockets.filter(({ connected }) => connected)).toEqual([]);
      const { messages } = await readStoredMarket(join(folder.path, 'synthetic'));
      const ticks = messages.filter((name) => name.startsWith('tick')).length;
      const seen = PRODUCTS.map((product) => nameOf({ kind: 'tick', product, seq: shown.get(product) ?? 0 }));
      process.stdout.write(
        `SIGTERM, embedded, ${HTTP_CLIENTS} HTTP and ${SOCKET_CLIENTS} socket clients: exit ${code} after ${ms.toFixed(0)} ms; ` +
          `${clients.answered()} requests answered, ${clients.failures().length} failed; ${told} sockets told; ${ticks} ticks stored\n`,
      );
      expect({ code, failures: clients.failures() }).toEqual({ code: 0, failures: [] });
      expect(ms).toBeLessThan(longestMs(STOPPED_MS));
      expect(clients.answered()).toBeGreaterThan(HTTP_CLIENTS);
      expect(told).toBe(SOCKET_CLIENTS);
      expect(compareStored(seen, messages).lost).toEqual([]);
    } finally {
      for (const socket of sockets) socket.close();
      platform.kill('SIGKILL');
      await platform.exited();
      folder.remove();
    }
  });

  it.runIf(haveRedisServer())(
    'on Redis: an enricher and a storage service leave nothing pending',
    async () => {
      const stand = await openRedisStand();
      const redis = stand.redis.connect();
      try {
        const storage = await stand.start('storage');
        const enricher = await stand.start('enricher');
        await stand.start('enricher');
        const bus = await createRedisBus({ url: stand.redis.url });
        const traffic = startTraffic(bus, { products: PRODUCTS, ticksPerSecond: 900, chainsPerSecond: 100 });
        const owed = async (topic: string, group: string, { pid }: PlatformProcess) => {
          const consumers = (await redis.xinfo('CONSUMERS', `deltastream:{${topic}}`, group)) as unknown[][];
          return consumers
            .filter((each) => String(each[1]).includes(`-${pid}-`))
            .map((each) => Number(each[3]));
        };
        await sleep(1000);
        await expect.poll(() => owed(MARKET_TICKS.name, 'enricher', enricher)).toHaveLength(1);
        await expect.poll(() => owed(ENRICHED_TICKS.name, 'storage', storage)).toHaveLength(1);
        const ends = [];
        for (const [name, process, topics] of [
          ['enricher', enricher, ['market:ticks', 'market:chains']],
          ['storage', storage, ['enriched:ticks', 'enriched:chains']],
        ] as const) {
          const { code, ms } = await terminate(process);
          // A consumer that owes nothing is forgotten.
          const left = (await Promise.all(topics.map((topic) => owed(topic, name, process)))).flat();
          ends.push({ name, code, ms, left });
          await sleep(500);
        }
        await stand.start('storage');
        await traffic.stop();
        await bus.drained();
        const { messages } = await readStoredMarket(stand.marketFolder);
        const { lost, doubled } = compareStored(traffic.acknowledged.map(nameOf), messages);
        const redelivered = bus.stats().reduce((sum, { redeliveries }) => sum + redeliveries, 0);
        process.stdout.write(
          `SIGTERM on Redis at 1,000 messages/s: ${ends.map(({ name, code, ms }) => `${name} exit ${code} after ${ms.toFixed(0)} ms`).join(', ')}; ` +
            `${ends.flatMap(({ left }) => left).length} consumers left behind, ${redelivered} redelivered; ` +
            `${messages.length} stored, ${lost.length} lost, ${doubled} doubled\n`,
        );
        for (const { code, ms, left } of ends) {
          expect({ code, left }).toEqual({ code: 0, left: [] });
          expect(ms).toBeLessThan(longestMs(STOPPED_MS));
        }
        expect({ lost: lost.length, doubled, redelivered }).toEqual({ lost: 0, doubled: 0, redelivered: 0 });
        await bus.close();
      } finally {
        redis.disconnect();
        await stand.end();
      }
    },
  );
});
