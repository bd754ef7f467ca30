import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { killedRollupsContract } from '../../../rollups/killed-rollups.contract.ts';
import { KEPT_FROM } from '../../../rollups/killed-rollups.fixture.ts';
import { examineMarketFiles } from '../files/examine-files.ts';
import { createSqliteMarketStore, type SqliteMarketStore } from '../market-store-sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollups-kill-'));
afterAll(() => {
  expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

const firstKept = new Date(KEPT_FROM).toISOString().slice(0, 10).replaceAll('-', '');
const oldFiles = () =>
  readdirSync(folder).filter((name) => (/^hot-(\d{8})/.exec(name)?.[1] ?? firstKept) < firstKept);

killedRollupsContract('sqlite', () => {
  let store: SqliteMarketStore;
  return {
    script: fileURLToPath(new URL('./kill.fixture.ts', import.meta.url)),
    args: [folder],
    dropsTicks: false,
    async open() {
      const keep = { keepSnapshots: 7, keepSummaries: 7, sealCheckMs: 20 };
      store = await createSqliteMarketStore({ folder, synchronous: 'normal', ...keep });
      return store;
    },
    async settle() {
      await store.rollUpAll();
      await expect.poll(oldFiles).toEqual([]);
    },
  };
});
