import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { createAnalytics } from './service.ts';

/** The routes of analytics over a store of their own, for tests. */
export async function openStoredAnalytics(config: Parameters<typeof createAnalytics>[1] = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'analytics-'));
  const store = await createSqliteMarketStore({ folder });
  const app = createHttpApp({ logger: silentLogger });
  const service = createAnalytics({ store, logger: silentLogger }, config);
  await app.register(service.routes ?? (async () => {}));
  const ask = (path: string, accept = 'application/json') =>
    app.inject({ url: `/api/analytics/${path}`, headers: { accept } });
  return {
    store,
    ask,
    get: async (path: string) => (await ask(path)).json(),
    csv: (path: string) => ask(path, 'text/csv'),
    async close() {
      await app.close();
      await service.stop();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
