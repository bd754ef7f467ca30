import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PRODUCT_FIGURE_NAMES, type ProductFigureValues } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPIRY, NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { ALL } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { examineMarketFiles } from '../files/examine-files.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figure-columns-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const onMain = (sql: string) => {
  const database = new DatabaseSync(join(folder, 'main.db'));
  database.exec(sql);
  database.close();
};
const withStore = async <T>(
  work: (store: Awaited<ReturnType<typeof createSqliteMarketStore>>) => Promise<T>,
) => {
  const store = await createSqliteMarketStore({ folder });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

describe('columns of figures', () => {
  const chain = (seq: number) => storableChain({ timestamp: NOON + seq, seq });
  const atmIvs = () =>
    withStore(async (store) => (await store.summaries('NIFTY', EXPIRY, ALL)).map(({ atm_iv }) => atm_iv));

  it('are added to a folder that was written without them, whose rows stay sound', async () => {
    await withStore((store) => store.putSnapshots([chain(1)]));
    onMain('ALTER TABLE summary DROP COLUMN atm_iv');
    const later = chain(2);
    const summary = { ...later.summary, atm_iv: 0.2 };
    await withStore((store) => store.putSnapshots([{ ...later, summary }]));
    expect(await atmIvs()).toEqual([null, 0.2]);
    expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('of a newer release are not changed, and count in the checksums of its rows', async () => {
    await withStore((store) => store.putSnapshots([chain(1)]));
    onMain('ALTER TABLE summary ADD COLUMN invented REAL');
    await withStore((store) => store.putSnapshots([chain(2)]));
    expect(await atmIvs()).toEqual([null, null]);
    onMain('UPDATE summary SET invented = 1');
    await expect(atmIvs()).rejects.toMatchObject({ code: 'stored_data_damaged' });
  });

  it('that are added while a reader is open are read by it, checksums included', async () => {
    await withStore(async (store) => {
      await store.putSnapshots([chain(1)]);
      expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(1);
      onMain('ALTER TABLE summary ADD COLUMN invented REAL');
      expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(1);
      onMain('UPDATE summary SET invented = 1');
      await expect(store.summaries('NIFTY', EXPIRY, ALL)).rejects.toMatchObject({
        code: 'stored_data_damaged',
      });
    });
  });

  it('of products are added, too, and those of a newer release are not changed', async () => {
    const none = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null]));
    const values = { ...none, iv_30d: 0.2, iv_rank: 40 } as unknown as ProductFigureValues;
    const figures = { product: 'NIFTY', timestamp: NOON, as_of: NOON, progress: NOON, values };
    const found = () =>
      withStore(async (store) => (await store.productFigures('NIFTY', ALL)).map((each) => each.values));
    await withStore((store) => store.putProductFigures([figures]));
    onMain('ALTER TABLE product_figures DROP COLUMN iv_7d');
    onMain('ALTER TABLE product_figures ADD COLUMN invented REAL');
    expect(await found()).toEqual([values]);
    expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
    onMain('UPDATE product_figures SET invented = 1');
    await expect(found()).rejects.toMatchObject({ code: 'stored_data_damaged' });
    expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toHaveLength(1);
    // Putting what the row held again makes it good.
    await withStore((store) => store.putProductFigures([figures]));
    expect(await found()).toEqual([values]);
  });
});
