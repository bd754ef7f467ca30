import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { compareMarketFiles } from '../../../adapters/sqlite/market-store/files/compare-files.ts';
import { examineMarketFiles } from '../../../adapters/sqlite/market-store/files/examine-files.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { ALL, collect } from '../../../ports/stores/market/market-store-stand.fixture.ts';
import { killEachTime } from '../../../testing/killed-runs.fixture.ts';
import { currentChain, EXPIRIES, outdatedChain, quotesAt, recomputeAll } from './outdated-chains.fixture.ts';

const KILLS = 20;
const STEPS = Array.from({ length: 250 }, (_, step) => step);
const PROGRAM = fileURLToPath(new URL('./recompute-run.fixture.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'recompute-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('loses nothing when it is killed at any moment, and goes on where it was', async () => {
  const store = await createSqliteMarketStore({ folder });
  await store.putSnapshots(
    EXPIRIES.flatMap((expiry) => STEPS.map((step) => outdatedChain(quotesAt(step, expiry)))),
  );
  await store.close();

  const program = { script: PROGRAM, args: [folder] };
  await killEachTime(program, KILLS, async (_lines, wasKilled) => {
    expect(wasKilled).toBe(true);
    const findings = examineMarketFiles(folder, { complete: true });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(compareMarketFiles(folder, 1000)).toEqual([]);
  });
  const again = await createSqliteMarketStore({ folder });
  // Counted from mark to mark: every chain once, although twenty runs had a part of it.
  const { resumed_at, chains } = await recomputeAll(folder, again);
  expect(resumed_at).not.toBeNull();
  expect(chains).toBe(EXPIRIES.length * STEPS.length);
  for (const expiry of EXPIRIES) {
    const found = await collect(again.snapshots('NIFTY', expiry, ALL));
    expect(found).toEqual(STEPS.map((step) => currentChain(quotesAt(step, expiry))));
    expect(await again.summaries('NIFTY', expiry, ALL)).toHaveLength(STEPS.length);
  }
  await again.close();
});
