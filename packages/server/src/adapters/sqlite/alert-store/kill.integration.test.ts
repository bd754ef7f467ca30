import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { alertRule, NOW } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { killEachTime } from '../../../testing/killed-runs.fixture.ts';
import { examineDatabase } from '../examine-database.ts';
import { createSqliteAlertStore } from './alert-store-sqlite.ts';
import { ALERTS_SCHEMA } from './schema.ts';

const KILLS = 20;
/** Commits that are told before it is killed. */
const LEAST = 60;
const MOST_MS = 50;
const ONCE = 1_000;
const PROGRAM = fileURLToPath(new URL('./commits.fixture.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'alert-store-kill-'));
const file = join(folder, 'alerts.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of each partition position, memory and firings are of the same commit, whenever it was killed. */
it('keeps each commit completely and once when it is killed at any moment', {
  timeout: 180_000,
}, async () => {
  const store = await createSqliteAlertStore({ file });
  const once = Array.from({ length: ONCE }, (_, i) => alertRule({ id: `once${i}` }));
  await store.createRules([alertRule(), ...once], ONCE + 1);
  await store.close();
  const acknowledged = new Set<string>();
  const program = { script: PROGRAM, args: [file], lines: () => LEAST, mostMs: MOST_MS };
  await killEachTime(program, KILLS, async (lines, wasKilled) => {
    expect(wasKilled).toBe(true);
    for (const line of lines) acknowledged.add(line);
    await expectWhole(acknowledged);
  });
  expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS * LEAST);
  expect(examineDatabase(file, ALERTS_SCHEMA)).toMatchObject({ ok: true });
});

async function expectWhole(acknowledged: ReadonlySet<string>): Promise<void> {
  const store = await createSqliteAlertStore({ file });
  const all = await store.firings({ owner: 'u1', fromMs: 0, toMs: NOW, limit: 1_000_000 });
  const fired = all.filter(({ once }) => !once).map(({ id }) => id);
  const held = new Set(fired);
  expect(held.size).toBe(fired.length);
  expect([...acknowledged].filter((id) => !held.has(id))).toEqual([]);
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => all.length - i));
  const expected: string[] = [];
  let most = 0;
  for (const partition of [0, 1, 2]) {
    const { positions, products, memories } = await store.remembered(partition);
    const n = Number(positions.chains ?? 0);
    most = Math.max(most, n);
    expected.push(...Array.from({ length: n }, (_, i) => `P${partition} ${i + 1}`));
    expect(products.map(({ seq }) => seq)).toEqual(n === 0 ? [] : [n]);
    expect(memories.map(({ state }) => state)).toEqual(n === 0 ? [] : [String(n)]);
  }
  expect(held).toEqual(new Set(expected));
  const claimed = all.filter(({ once }) => once).map(({ ruleId }) => ruleId);
  const due = Array.from({ length: Math.floor(most / 10) }, (_, i) => `once${i + 1}`);
  expect(claimed.toSorted()).toEqual(due.slice(0, ONCE - 1).toSorted());
  expect((await store.rule('r1'))?.firings).toBe(fired.length);
  await store.close();
}
