import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { MarketStore } from '../../../../ports/stores/market-store.ts';
import { productFiguresContract } from '../../../../ports/stores/market-store-figures.contract.ts';
import { intervalContract } from '../../../../ports/stores/market-store-intervals.contract.ts';
import { createSqliteMarketStore, type SqliteMarketStore } from '../market-store-sqlite.ts';

/** A store whose figures are rolled up before every read of them, so that later puts come late. */
function rolledUp(store: SqliteMarketStore): MarketStore {
  const before =
    <Args extends unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      await store.rollUpAll();
      return read(...args);
    };
  return {
    ...store,
    summaries: before(store.summaries),
    lastSummaries: before(store.lastSummaries) as MarketStore['lastSummaries'],
    productFigures: before(store.productFigures),
    lastProductFigures: before(store.lastProductFigures) as MarketStore['lastProductFigures'],
  };
}

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
