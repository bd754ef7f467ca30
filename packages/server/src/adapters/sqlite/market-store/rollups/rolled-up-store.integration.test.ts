import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { MarketStore } from '../../../../ports/stores/market/market-store.ts';
import { productFiguresContract } from '../../../../ports/stores/market/market-store-figures.contract.ts';
import { intervalContract } from '../../../../ports/stores/market/market-store-intervals.contract.ts';
import { rolledUp } from '../../../rollups/rolling-store.contract.ts';
import { createSqliteMarketStore, type SqliteMarketStore } from '../market-store-sqlite.ts';

describe('market store: sqlite, rolled up', () => {
  let folder: string;
  let opened: SqliteMarketStore;
  let store: MarketStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'market-store-rolled-up-'));
    opened = await createSqliteMarketStore({ folder, synchronous: 'normal' });
    store = rolledUp(opened);
  });
  afterEach(async () => {
    await opened.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const stand = {
    get store() {
      return store;
    },
  };
  intervalContract(stand);
  productFiguresContract(stand);
});
