import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RecomputeProgress } from '@deltastream/contracts';
import { afterAll, expect, it } from 'vitest';
import { examineMarketFiles } from '../../../adapters/sqlite/market-store/files/examine-files.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { ALL, collect } from '../../../ports/stores/market-store-stand.fixture.ts';
import { currentChain, EXPIRIES, outdatedChain, quotesAt } from './outdated-chains.fixture.ts';

const KILLS = 20;
const STEPS = Array.from({ length: 300 }, (_, step) => step);
/** From the first words of a run; most of a run lasts longer. */
const LONGEST_LIFE_MS = 40;
const PROGRAM = fileURLToPath(new URL('./recompute-run.fixture.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'recompute-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a run said at its end; null where it was killed before. */
async function runUntilKilled(lifeMs: number): Promise<RecomputeProgress | null> {
  const child = spawn(process.execPath, [PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  let result: RecomputeProgress | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'begun') result = JSON.parse(line);
    else if (lifeMs !== Number.POSITIVE_INFINITY) setTimeout(() => child.kill('SIGKILL'), lifeMs);
  }
  return result;
}

it('loses nothing when it is killed at any moment, and goes on where it was', async () => {
  const store = await createSqliteMarketStore({ folder });
  await store.putSnapshots(
    EXPIRIES.flatMap((expiry) => STEPS.map((step) => outdatedChain(quotesAt(step, expiry)))),
  );
  await store.close();

  for (let kill = 0; kill < KILLS; kill++) {
    await runUntilKilled((LONGEST_LIFE_MS * kill) / KILLS);
    const findings = examineMarketFiles(folder, { complete: true });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  }
  const last = await runUntilKilled(Number.POSITIVE_INFINITY);
  // A run that was complete leaves nothing to be taken up, and the next begins at the beginning.
  if (last?.resumed_at === null) expect(last).toMatchObject({ chains: 2 * STEPS.length });

  const again = await createSqliteMarketStore({ folder });
  for (const expiry of EXPIRIES) {
    const found = await collect(again.snapshots('NIFTY', expiry, ALL));
    expect(found).toEqual(STEPS.map((step) => currentChain(quotesAt(step, expiry))));
    expect(await again.summaries('NIFTY', expiry, ALL)).toHaveLength(STEPS.length);
  }
  await again.close();
});
