import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { examineMarketFiles } from '../../../adapters/sqlite/market-store/files/examine-files.ts';
import { killEachTime } from '../../../testing/killed-runs.fixture.ts';
import { ALL, EXPIRY, minutesCsv, startImports, temporaryFolder } from './imports.fixture.ts';

const KILLS = 20;
const MINUTES = 230;
const PROGRAM = fileURLToPath(new URL('./import-run.fixture.ts', import.meta.url));

const contentOf = async ({ store }: Awaited<ReturnType<typeof startImports>>) => ({
  chains: (await store.summaries('NIFTY', EXPIRY, ALL)).map((summary) => JSON.stringify(summary)),
  ticks: (await store.ticks('NIFTY', ALL)).map(({ timestamp, price, seq }) => [timestamp, price, seq]),
  bars: await store.bars('NIFTY', '5m', ALL),
});

it('loses and doubles nothing when it is killed at any moment, and goes on from where it was', async () => {
  const killed = temporaryFolder('import-killed-');
  const even = temporaryFolder('import-even-');
  const inbox = join(killed.path, 'inbox');
  mkdirSync(inbox);
  writeFileSync(join(inbox, 'nifty.csv'), minutesCsv(MINUTES));

  const published: number[] = [];
  const program = { script: PROGRAM, args: [killed.path] };
  await killEachTime(program, KILLS, async (lines, wasKilled) => {
    expect(wasKilled).toBe(true);
    published.push(lines.length);
    expect(
      examineMarketFiles(join(killed.path, 'market'), { complete: true }).filter(({ ok }) => !ok),
    ).toEqual([]);
  });

  const survivor = await startImports(killed.path, {
    importFolder: inbox,
    folderPollMs: 10,
    folderSettledMs: 0,
  });
  await survivor.imports.start();
  const { state, progress } = await survivor.ended((await survivor.imports.list())[0].id);
  expect(state).toBe('done');
  // A chain and a tick of a minute; of each run at most the last chain was published and not noted as stored.
  const noted = 2 * (published.reduce((sum, chains) => sum + chains, 0) - 2 * KILLS);
  expect(progress?.resumed_at).toBeGreaterThanOrEqual(noted);
  expect(progress).toMatchObject({
    ...{ chains: MINUTES, ticks: MINUTES, rejected: 0, stored: true },
    outcome: {
      chains: { new: MINUTES, replaced: 0, kept: 0 },
      ticks: { new: MINUTES, replaced: 0, kept: 0 },
    },
  });
  expect((await survivor.store.counts()).snapshots).toBe(MINUTES);
  await expect.poll(() => readdirSync(inbox).filter((name) => !name.startsWith('.'))).toEqual(['done']);
  expect(await survivor.imports.list()).toHaveLength(1);

  const oracle = await startImports(even.path);
  oracle.put('nifty.csv', minutesCsv(MINUTES));
  await oracle.imports.start();
  await oracle.ended((await oracle.imports.add({ file: 'nifty.csv' })).id);
  expect(await contentOf(survivor)).toEqual(await contentOf(oracle));
  await survivor.stop();
  await oracle.stop();
  killed.remove();
  even.remove();
});
