import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marketStoreContract } from '../../../../ports/stores/market/market-store.contract.ts';
import type { MarketStore } from '../../../../ports/stores/market/market-store.ts';
import { createSqliteMarketStore, type SqliteMarketStore } from '../market-store-sqlite.ts';

/** Puts of a store after which its days are sealed at once, so that later ones come late. */
const SEALED_PUTS = 3;

/** A store whose days are sealed before every read, so that what was put is in segments. */
function sealing(store: SqliteMarketStore): MarketStore {
  let puts = 0;
  let sealed = true;
  const seal = async () => {
    if (sealed) return;
    sealed = true;
    await store.sealAll();
  };
  const before =
    <Args extends unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      await seal();
      return read(...args);
    };
  const streamed = <Args extends unknown[], Item>(read: (...args: Args) => AsyncIterable<Item>) =>
    async function* (...args: Args) {
      await seal();
      yield* read(...args);
    };
  return {
    ...store,
    async putSnapshots(snapshots) {
      await store.putSnapshots(snapshots);
      sealed = false;
      // A put is durable without it, as when the store is closed meanwhile.
      if (puts++ < SEALED_PUTS) await seal().catch(() => undefined);
    },
    latest: before(store.latest),
    asOf: before(store.asOf),
    snapshots: streamed(store.snapshots),
    snapshotsAt: streamed(store.snapshotsAt),
  };
}

marketStoreContract('sqlite, sealed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'market-store-sealed-'));
  const opened: MarketStore[] = [];
  const open = async (): Promise<MarketStore> => {
    const store = await createSqliteMarketStore({ folder, sealPercent: 100 });
    opened.push(store);
    return sealing(store);
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
