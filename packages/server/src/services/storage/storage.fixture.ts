import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../../adapters/memory/cache/cache-memory.ts';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import type { StaleChains } from '../../kit/health/stale-chains.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { type Logger, silentLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Cache } from '../../ports/cache.ts';
import { createManualClock } from '../../ports/clock.ts';
import type { Queue } from '../../ports/queue.ts';
import type { MarketStore } from '../../ports/stores/market/market-store.ts';
import type { Recomputation } from './recompute/recompute-jobs.ts';
import { createStorage } from './service.ts';
import type { StorageSettings } from './settings.ts';

/** A store whose puts can be made to fail, as a database that is down does. */
function breakable(store: MarketStore) {
  let failure: Error | null = null;
  const broken = {
    failWith(error: Error | null) {
      failure = error;
    },
    store: {
      ...store,
      async putSnapshots(chains) {
        if (failure) throw failure;
        await store.putSnapshots(chains);
      },
      async putTicks(ticks, bars) {
        if (failure) throw failure;
        await store.putTicks(ticks, bars);
      },
    } satisfies MarketStore,
  };
  return broken;
}

/** The adapters that a test runs the service on; those of one process by default. */
export interface TestAdapters {
  readonly bus?: Bus;
  readonly cache?: Cache;
  readonly logger?: Logger;
  readonly platform?: StaleChains;
  readonly queue?: Queue;
  readonly recomputation?: (store: MarketStore) => Recomputation;
  openStore?(folder: string): Promise<MarketStore>;
}

/** The storage service and its routes, on a store in a folder of its own. */
export async function startStorage(adapters: TestAdapters = {}, config: Partial<StorageSettings> = {}) {
  const {
    bus = createMemoryBus({ redeliveryDelayMs: 20 }),
    cache = createMemoryCache(),
    openStore = (folder: string) => createSqliteMarketStore({ folder }),
    platform,
    queue,
    recomputation,
    logger = silentLogger,
  } = adapters;
  const folder = mkdtempSync(join(tmpdir(), 'storage-service-'));
  const real = await openStore(folder);
  const clock = createManualClock(1);
  const { store, failWith } = breakable(real);
  const service = createStorage(
    { bus, store, cache, platform, clock, logger, queue, recomputation: recomputation?.(store) },
    { retryMs: 5, maxRetryMs: 20, ...config },
  );
  await service.start();
  const app = createHttpApp({ logger: silentLogger });
  // As at the gateway, which may have to compress a body.
  app.addHook('onSend', async (_request, _reply, body) => {
    if (body) await nextTurn();
    return body;
  });
  if (service.routes) await app.register(service.routes);
  return {
    bus,
    cache,
    clock,
    store,
    failWith,
    service,
    get: async (url: string) => {
      const response = await app.inject({ url });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: response.json(),
        raw: response.rawPayload,
      };
    },
    /** The response to `Accept: text/csv`, or another header. */
    table: (url: string, accept = 'text/csv') => app.inject({ url, headers: { accept } }),
    async end() {
      await service.stop();
      await app.close();
      await bus.close();
      await real.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
