import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { EXPIRY } from '../../../../ports/stores/market-store.fixture.ts';
import { examineMarketFiles } from '../files/examine-files.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';

const ROUNDS = 20;
const PROGRAM = fileURLToPath(new URL('./kill.fixture.ts', import.meta.url));
const DAY_MS = 86_400_000;
/** Half of what is put is older than rows are kept. */
const FROM = Math.floor(Date.now() / DAY_MS) * DAY_MS - 9 * DAY_MS;
const folder = mkdtempSync(join(tmpdir(), 'rollups-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function putAndKill(first: number, acknowledgements: number): Promise<string[]> {
  const child = spawn(process.execPath, [PROGRAM, folder, String(FROM), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) === acknowledgements) setTimeout(() => child.kill('SIGKILL'), Math.random() * 30);
  }
  expect(child.signalCode ?? 'SIGKILL').toBe('SIGKILL');
  return lines;
}

it('has the figures of every minute that was acknowledged, killed at any moment', {
  timeout: 180_000,
}, async () => {
  const acknowledged = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    // Each round repeats part of the one before it, as a bus that delivers again would.
    for (const line of await putAndKill(round * 12, 16)) {
      const [timestamp, figure] = line.split(' ').map(Number);
      acknowledged.set(timestamp, Math.min(figure, acknowledged.get(timestamp) ?? Number.POSITIVE_INFINITY));
    }
  }
  const store = await createSqliteMarketStore({ folder, synchronous: 'normal' });
  await store.rollUpAll();
  const starts = [...acknowledged.keys()].sort((a, b) => a - b);
  const found = await store.lastSummaries('NIFTY', EXPIRY, starts, starts[starts.length - 1] + 60_000, [
    'pcr_oi',
  ]);
  const stored = new Map(found.map(({ timestamp, pcr_oi }) => [timestamp, pcr_oi ?? 0]));
  // Others of the same instant may have come after it, acknowledged or not; which version a removed row had is forgotten.
  const figures = starts.map((timestamp) => ({
    timestamp,
    acknowledged: acknowledged.get(timestamp) ?? 0,
    stored: stored.get(timestamp) ?? null,
  }));
  expect(figures.filter((each) => each.stored === null || each.stored < each.acknowledged)).toEqual([]);
  const { snapshots } = await store.counts();
  expect(snapshots).toBeLessThan(starts.length);
  await store.close();
  expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
});
