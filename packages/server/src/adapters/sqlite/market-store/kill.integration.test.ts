import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createSqliteMarketStore } from './market-store-sqlite.ts';

const ROUNDS = 5;
const PROGRAM = fileURLToPath(new URL('./ingest.fixture.ts', import.meta.url));
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1_000_000 };
const folder = mkdtempSync(join(tmpdir(), 'market-store-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the ingest until `acknowledgements` lines came and a random moment passed; resolves with what it said. */
async function ingestAndKill(first: number, acknowledgements: number): Promise<string[]> {
  const child = spawn(process.execPath, [PROGRAM, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let killing = false;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length < acknowledgements || killing) continue;
    killing = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
  }
  expect(child.signalCode ?? 'SIGKILL').toBe('SIGKILL');
  return lines;
}

it('loses and doubles nothing when it is killed at any moment', async () => {
  const acknowledged = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    // Each round repeats part of the one before it, as a bus that delivers again would.
    for (const line of await ingestAndKill(round * 60, 100)) acknowledged.add(line);

    const store = await createSqliteMarketStore({ folder });
    const stored: string[] = [];
    for (const { expiry } of await store.expiries('NIFTY')) {
      for await (const chain of store.snapshots('NIFTY', expiry, ALL)) {
        stored.push(`${expiry} ${chain.timestamp}`);
      }
      const summaries = await store.summaries('NIFTY', expiry, ALL);
      expect(summaries).toHaveLength(stored.filter((key) => key.startsWith(expiry)).length);
    }
    expect(new Set(stored).size).toBe(stored.length);
    expect([...acknowledged].filter((key) => !stored.includes(key))).toEqual([]);
    expect((await store.counts()).snapshots).toBe(stored.length);
    await store.close();

    for (const name of readdirSync(folder).filter((each) => each.endsWith('.db'))) {
      const database = new DatabaseSync(join(folder, name), { readOnly: true });
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      if (name !== 'main.db') {
        const [{ hot }] = database.prepare('SELECT count(*) AS hot FROM snap').all();
        stored.length -= Number(hot);
      }
      database.close();
    }
    expect(stored).toHaveLength(0);
  }
});
