import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marketStoreContract } from '../../../ports/stores/market/market-store.contract.ts';
import { createSqliteMarketStore } from './market-store-sqlite.ts';

marketStoreContract('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'market-store-'));
  const opened: Awaited<ReturnType<typeof createSqliteMarketStore>>[] = [];
  const open = async () => {
    const store = await createSqliteMarketStore({ folder });
    opened.push(store);
    return store;
  };
  return {
    store: await open(),
    reopen: open,
    async dispose() {
      for (const store of opened) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
