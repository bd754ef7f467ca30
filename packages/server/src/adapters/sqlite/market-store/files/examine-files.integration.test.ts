import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { barAt, NOON, storableChain, tickAt } from '../../../../ports/stores/market/market-store.fixture.ts';
import { DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { examineDatabase } from '../../examine-database.ts';
import { USERS_SCHEMA } from '../../user-store/schema.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';
import { examineMarketFiles } from './examine-files.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'examine-files-'));
  const store = await createSqliteMarketStore({ folder });
  const times = Array.from({ length: 40 }, (_, i) => NOON + (i % 2) * DAY_MS + i);
  await store.putSnapshots(times.map((timestamp, seq) => storableChain({ timestamp, seq })));
  await store.putTicks([tickAt(NOON)], [barAt(NOON, 10)]);
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failed = (complete = true) =>
  examineMarketFiles(folder, { complete, sampleRows: 5 })
    .filter(({ ok }) => !ok)
    .map(({ check, detail }) => `${check}: ${detail}`);
const alter = (file: string, sql: string) => {
  const database = new DatabaseSync(join(folder, file));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
};

it('finds a sound folder sound, and says how much it looked at', () => {
  expect(examineMarketFiles(folder, { complete: true }).map(({ check, detail }) => [check, detail])).toEqual([
    [
      'main.db',
      expect.stringMatching(
        /1 chain, 40 summary, 0 product_figures, 0 rollup_minutes, 0 rollup_quarters, 1 rollup_series, 1 bar, 1 tick_block/,
      ),
    ],
    ['hot-20260819.db', expect.stringMatching(/20 snap/)],
    ['hot-20260820.db', expect.stringMatching(/20 snap/)],
  ]);
  expect(examineMarketFiles(folder, { complete: false, sampleRows: 5 })[1].detail).toMatch(/ 5 snap/);
});

it.each([
  [
    'hot-20260819.db',
    `UPDATE snap SET data = zeroblob(20) WHERE ts = ${NOON}`,
    /1 of 20 rows of snap.*12:00:00\.000Z: version is 0/,
  ],
  ['hot-20260819.db', `UPDATE snap SET ts = ts + 1 WHERE ts = ${NOON}`, /another lies in its place/],
  ['main.db', `UPDATE summary SET pcr_oi = 9 WHERE ts = ${NOON}`, /1 of 40 rows of summary/],
  ['main.db', 'UPDATE bar SET low = 1', /bar.*NIFTY 1m/],
  ['main.db', 'UPDATE chain SET spot = 1', /chain.*NIFTY 2026-08-25/],
  ['main.db', 'UPDATE tick_block SET data = zeroblob(30)', /tick_block.*version is 0/],
] as const)('names the row of %s that is damaged', (file, sql, found) => {
  alter(file, sql);
  expect(failed()).toEqual([expect.stringMatching(new RegExp(`^${file}: .*${found.source}`))]);
});

it('names what is not a database, what was renamed as damaged, and a main.db that is missing', () => {
  writeFileSync(join(folder, 'hot-20260819.db'), 'something else '.repeat(100));
  writeFileSync(join(folder, 'hot-20260820.db.damaged-2026'), '');
  for (const name of readdirSync(folder)) if (name.startsWith('main.db')) rmSync(join(folder, name));
  expect(failed(false)).toEqual([
    expect.stringMatching(/^main\.db: it is missing.*ticks and bars/),
    expect.stringMatching(/^hot-20260819\.db: .*not a database.*restore it/),
    expect.stringMatching(/^hot-20260820\.db\.damaged-2026: renamed/),
  ]);
});

it('calls no file damaged that cannot be looked at', () => {
  // What cannot be opened is as far out of reach as what a full disk leaves no room to read.
  const users = join(folder, 'users.db');
  for (const name of ['main.db', 'hot-20260819.db', 'users.db']) {
    rmSync(join(folder, name), { force: true });
    mkdirSync(join(folder, name));
  }
  const details = [...failed(), examineDatabase(users, USERS_SCHEMA).detail];
  expect(details).toHaveLength(3);
  for (const detail of details) {
    expect(detail).toContain(`see that the disk of ${folder} has room and that files can be made there`);
    expect(detail).not.toMatch(/backup|damaged|import/);
  }
});
