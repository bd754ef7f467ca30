import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { EXPIRY } from '../../ports/stores/market/market-store.fixture.ts';
import { ALL, collect } from '../../ports/stores/market/market-store-stand.fixture.ts';
import { killEachTime } from '../../testing/killed-runs.fixture.ts';
import { createBackup } from './create-backup.ts';
import { findBackup } from './manifest.ts';
import { restoreBackup } from './restore-backup.ts';
import { chainOfDay, fillDataFolder } from './stored-folder.fixture.ts';
import { verify } from './verify.ts';

const KILLS = 20;
const PROGRAM = fileURLToPath(new URL('./backup-run.fixture.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'backup-killed-'));
const [data, target] = [join(root, 'data'), join(root, 'backups')];
afterAll(() => rmSync(root, { recursive: true }));

it('killed at any moment leaves the backup before, and each that was made is complete and clean', async () => {
  mkdirSync(data);
  await fillDataFolder(data);
  await createBackup({ data, target, keep: 2, release: '0', nowMs: Date.now() });
  const store = await createSqliteMarketStore({ folder: join(data, 'recorded'), commitIntervalMs: 1 });
  let seq = 3;
  let made = 1;
  await killEachTime({ script: PROGRAM, args: [data, target] }, KILLS, async (lines) => {
    made = Math.max(made, ...lines.map(Number).filter(Number.isInteger));
    const { manifest } = findBackup(target);
    // One that got its name just before the kill was not said any more.
    expect(manifest.number).toBeGreaterThanOrEqual(made);
    expect((await verify({ folder: target, busyTimeoutMs: 1000 })).damage).toEqual([]);
    await store.putSnapshots([chainOfDay(1, ++seq)]);
  });
  expect(made).toBeGreaterThan(1);
  await createBackup({ data, target, keep: 2, release: '0', nowMs: Date.now() });
  await store.close();
  const restored = join(root, 'restored');
  await restoreBackup({ source: target, data: restored, replace: false, nowMs: Date.now() });
  const again = await createSqliteMarketStore({ folder: join(restored, 'recorded') });
  expect(await collect(again.snapshots('NIFTY', EXPIRY, ALL))).toHaveLength(6 + KILLS);
  await again.close();
});
