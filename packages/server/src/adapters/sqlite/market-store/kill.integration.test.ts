import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { AS_PRODUCT } from '../../../testing/killed-runs.fixture.ts';
import { examineMarketFiles } from './files/examine-files.ts';
import { createSqliteMarketStore } from './market-store-sqlite.ts';

const ROUNDS = 20;
/** Longest time that the program goes on; days are sealed meanwhile. */
const MOST_MS = 500;
const PROGRAM = fileURLToPath(new URL('./ingest.fixture.ts', import.meta.url));
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1_000_000 };
const folder = mkdtempSync(join(tmpdir(), 'market-store-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Days that must have been sealed at the end, for which the last round waits. */
const LEAST_SEALED = 3;
const SEALED_WITHIN_MS = 30_000;

const sealedDays = () => readdirSync(folder).filter((name) => /^day-2026.*\.db$/.test(name)).length;

/**
 * Runs the ingest until `acknowledgements` lines came, so many days are sealed, and a random moment passed; resolves with
 * what it said.
 */
async function ingestAndKill(
  first: number,
  acknowledgements: number,
  leastSealed: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [...AS_PRODUCT, PROGRAM, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let killing = false;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length < acknowledgements || killing) continue;
    killing = true;
    const end = Date.now() + SEALED_WITHIN_MS;
    const kill = () => {
      if (sealedDays() < leastSealed && Date.now() < end) setTimeout(kill, 10);
      else child.kill('SIGKILL');
    };
    setTimeout(kill, Math.random() * MOST_MS);
  }
  expect(child.signalCode ?? 'SIGKILL').toBe('SIGKILL');
  return lines;
}

/** While it ingests, days are sealed, also again, and days that are kept no longer are removed. */
it('loses and doubles nothing when it is killed at any moment', { timeout: 180_000 }, async () => {
  const acknowledged = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    // Each round repeats part of the one before it, as a bus that delivers again would.
    const isLast = round === ROUNDS - 1;
    for (const line of await ingestAndKill(round * 60, 60, isLast ? LEAST_SEALED : 0)) acknowledged.add(line);
    if (round % 4 === 3) await expectComplete(acknowledged);
    expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
  }
  expect(sealedDays()).toBeGreaterThanOrEqual(LEAST_SEALED);
});

async function expectComplete(acknowledged: ReadonlySet<string>): Promise<void> {
  const store = await createSqliteMarketStore({ folder, sealAfter: 0 });
  const stored: string[] = [];
  let summaries = 0;
  for (const { expiry } of await store.expiries('NIFTY')) {
    for await (const chain of store.snapshots('NIFTY', expiry, ALL)) {
      stored.push(`${expiry} ${chain.timestamp}`);
    }
    summaries += (await store.summaries('NIFTY', expiry, ALL)).length;
  }
  expect(summaries).toBe(stored.length);
  expect(new Set(stored).size).toBe(stored.length);
  const held = new Set(stored);
  expect([...acknowledged].filter((key) => !held.has(key))).toEqual([]);
  let old = 0;
  for (const { expiry } of await store.expiries('OLD'))
    old += (await store.summaries('OLD', expiry, ALL)).length;
  expect((await store.counts()).snapshots).toBe(stored.length + old);
  await store.close();
}
