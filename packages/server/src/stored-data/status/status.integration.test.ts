import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoredDataStatus } from '@deltastream/contracts';
import { tradingSession } from '@deltastream/reference';
import Value from 'typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { storableChain, tickAt } from '../../ports/stores/market/market-store.fixture.ts';
import { readSettings } from '../../settings/read.ts';
import { dataStatus, storedDataStatus } from './status.ts';

const QUARTER_MS = 900_000;
const DATES = ['2026-08-18', '2026-08-19', '2026-08-20'];
const [FIRST, MIDDLE, LAST] = DATES.map((date) => {
  const session = tradingSession({ exchange: 'NSE', kind: 'index' }, date);
  if (session === null) throw new Error(`${date} has no session`);
  return session;
});
const data = mkdtempSync(join(tmpdir(), 'status-'));
const settings = readSettings({ data, source: 'none' }, {});
beforeAll(async () => {
  mkdirSync(join(data, 'recorded'));
  const store = await createSqliteMarketStore({ folder: join(data, 'recorded') });
  const everyQuarter = (
    fromMs: number,
    toMs: number,
    expiry: string,
    except: (at: number) => boolean = () => false,
  ) =>
    Array.from({ length: Math.floor((toMs - fromMs) / QUARTER_MS) }, (_, i) => fromMs + i * QUARTER_MS + 1)
      .filter((at) => !except(at))
      .map((timestamp) => storableChain({ timestamp, expiry }));
  const isGap = (at: number) => at >= LAST.fromMs + QUARTER_MS && at < LAST.fromMs + 3 * QUARTER_MS;
  await store.putSnapshots([
    // The half day before the first chain is no gap.
    ...everyQuarter(FIRST.fromMs + 12 * QUARTER_MS, FIRST.untilMs, '2026-08-25'),
    // Of two expiries one is enough.
    ...everyQuarter(LAST.fromMs, LAST.fromMs + 8 * QUARTER_MS, '2026-08-25', isGap),
    ...everyQuarter(LAST.fromMs + 8 * QUARTER_MS, LAST.untilMs, '2026-09-29'),
    storableChain({ product: 'UNKNOWN', timestamp: 1_000 }),
    storableChain({ product: 'UNKNOWN', timestamp: 1_000 + 3 * QUARTER_MS }),
  ]);
  await store.putTicks([tickAt(FIRST.fromMs, { product: 'BTC' })], []);
  await store.close();
  writeFileSync(join(data, 'auth-key.json'), '{}');
});
afterAll(() => rmSync(data, { recursive: true }));

const quartersOf = ({ fromMs, untilMs }: typeof LAST) => Math.floor((untilMs - fromMs) / QUARTER_MS);

it('tells products, from when to when, and the gaps: sessions and quarters of an hour without a chain', async () => {
  const { datasets } = await dataStatus(settings);
  expect(datasets).toMatchObject([{ dataset: 'recorded', problem: null, counts: { ticks: 1 } }]);
  const of = (name: string) => datasets[0].products.find(({ product }) => product === name);
  expect(of('NIFTY')).toEqual({
    product: 'NIFTY',
    fromMs: FIRST.fromMs + 12 * QUARTER_MS + 1,
    toMs: LAST.fromMs + (quartersOf(LAST) - 1) * QUARTER_MS + 1,
    expiries: 2,
    gaps: [
      { fromMs: MIDDLE.fromMs, toMs: MIDDLE.untilMs, session: '2026-08-19' },
      { fromMs: LAST.fromMs + QUARTER_MS, toMs: LAST.fromMs + 3 * QUARTER_MS, session: null },
    ],
  });
  expect(of('UNKNOWN')?.gaps).toEqual([
    { fromMs: 1_000 + QUARTER_MS, toMs: 1_000 + 2 * QUARTER_MS, session: null },
  ]);
  expect(of('BTC')).toMatchObject({ fromMs: null, toMs: null, gaps: [] });
});

it('tells bytes by kind, of what is there', async () => {
  const { bytes } = await dataStatus(settings);
  expect(bytes.filter(({ files }) => files > 0)).toMatchObject([
    { kind: 'keys', files: 1, bytes: 2 },
    { kind: 'figures', files: 1 },
    { kind: 'quotes', files: 3 },
  ]);
  expect(await dataStatus({ ...settings, data: join(data, 'nothing') })).toMatchObject({ datasets: [] });
});

it('tells what can be read beside what is damaged, and why the rest cannot', async () => {
  const broken = join(data, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'main.db'), 'something else '.repeat(500));
  const { datasets } = await dataStatus(settings);
  rmSync(broken, { recursive: true });
  expect(datasets.map(({ dataset, problem }) => [dataset, problem === null])).toEqual([
    ['broken', false],
    ['recorded', true],
  ]);
  expect(datasets[0].problem).toMatch(/main\.db.*not a database/);
});

it('is the response of the route, with times as every response has them', async () => {
  const response = await storedDataStatus(settings);
  expect(Value.Errors(StoredDataStatus, response)).toEqual([]);
  const { products } = response.datasets[0];
  expect(products.find(({ product }) => product === 'UNKNOWN')).toMatchObject({
    from: '1970-01-01T00:00:01.000Z',
  });
  expect(products.find(({ product }) => product === 'BTC')).toMatchObject({ from: null, to: null, gaps: [] });
});
