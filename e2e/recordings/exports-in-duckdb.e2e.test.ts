import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXPORT_KINDS, type ExportKind, isoTime, type Side, toChainView } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOON, tickAt } from '../../packages/server/src/ports/stores/market/market-store.fixture.ts';
import { openStoredAnalytics } from '../../packages/server/src/services/analytics/stored-analytics.fixture.ts';
import { enrichTick } from '../../packages/server/src/services/enricher/enrich-tick.ts';
import { createEncodingThread } from '../../packages/server/src/services/operations/exports/encoding-thread.ts';
import { exportFolder } from '../../packages/server/src/services/operations/exports/export-folder.ts';
import { marketAt } from '../../packages/server/src/services/operations/exports/exported-market.fixture.ts';
import { writeExport } from '../../packages/server/src/services/operations/exports/write-export.ts';

/** An interpreter with `pip install duckdb pandas pyarrow`. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('../support/market/query_exports.py', import.meta.url));
const havePython =
  spawnSync(PYTHON, ['-c', 'import duckdb, pandas, pyarrow'], { stdio: 'ignore' }).status === 0;
if (!havePython) {
  process.stdout.write(
    'Skipped: duckdb, pandas, pyarrow (not installed; DELTASTREAM_PYTHON names an interpreter that has them).\n',
  );
}
const PAGE = readFileSync(new URL('../../docs/export.md', import.meta.url), 'utf8');

const STRIKES = 41;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS = ['2026-08-19', '2026-08-20'];
/** An hour on each of two days. */
const STEPS = DAYS.flatMap((_, day) =>
  Array.from({ length: 60 }, (_, minute) => day * (DAY_MS / MINUTE_MS) + minute),
);
const EXPIRY = '2026-08-25';
const TO = '2026-08-21T00:00:00Z';
const RANGE = { fromMs: NOON, toMs: Date.parse(TO), limit: 10_000 };

type Row = Readonly<Record<string, unknown>>;

describe.runIf(havePython)('exported files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'exports-duckdb-'));
  let analytics: Awaited<ReturnType<typeof openStoredAnalytics>>;
  let found: {
    sql: Row[][];
    python: Row[];
    types: Record<string, string>;
    arrow: { rows: number; types: Record<string, string> }[];
  };
  /** Statements of the page by their headings. */
  const statements = new Map(
    [...PAGE.matchAll(/^### (.+)\n```sql\n([^`]*)```/gm)].map(([, title, sql]) => [title, sql]),
  );
  const result = (title: string): Row[] => {
    const at = [...statements.keys()].findIndex((each) => each.startsWith(title));
    if (at < 0) throw new Error(`docs/export.md has no query ${title}`);
    return found.sql[at];
  };

  beforeAll(async () => {
    analytics = await openStoredAnalytics();
    const { store } = analytics;
    for (const step of STEPS) await store.putSnapshots(marketAt(step, STRIKES));
    const ticks = STEPS.map((step) =>
      tickAt(NOON + step * MINUTE_MS - 7_000, { seq: step + 1, price: 24_000 + 10 * Math.sin(step / 7) }),
    );
    const enriched = ticks.map(({ previousClose, ...tick }) =>
      enrichTick({ ...tick, previous_close: previousClose, quality: [] }),
    );
    await store.putTicks(
      ticks,
      enriched.flatMap(({ bars }) => bars),
    );
    const encoder = createEncodingThread();
    const ports = { store, encoder };
    const never = new AbortController().signal;
    const order = (kind: ExportKind) =>
      ({ kind, product: 'NIFTY', from: '2026-08-01T00:00:00Z', to: TO }) as const;
    for (const kind of EXPORT_KINDS) {
      await exportFolder(ports, { ...order(kind), format: 'parquet' }, join(folder, 'lake'), () => {}, never);
      await writeExport(
        ports,
        { ...order(kind), format: 'arrow' },
        join(folder, `${kind}.arrows`),
        async () => {},
        never,
      );
    }
    await encoder.close();
    const [, python] = PAGE.match(/```python\n([^`]*)```/) as RegExpMatchArray;
    const input = JSON.stringify({
      sql: [...statements.values()],
      python,
      arrow: EXPORT_KINDS.map((kind) => `${kind}.arrows`),
    });
    found = JSON.parse(execFileSync(PYTHON, [SCRIPT, folder], { input, encoding: 'utf8', maxBuffer: 1e9 }));
  });
  afterAll(async () => {
    await analytics?.close();
    rmSync(folder, { recursive: true });
  });

  const chainAt = async (atMs: number, expiry = EXPIRY) => {
    const chain = await analytics.store.asOf('NIFTY', expiry, atMs);
    if (chain === null) throw new Error('no chain is stored');
    const view = toChainView(chain);
    const contracts = (['call', 'put'] as const).flatMap((side: Side) =>
      view.strikes.flatMap((strike, i) => {
        const contract = (side === 'call' ? view.calls : view.puts)[i];
        return contract === null ? [] : [{ ...contract, side, strike }];
      }),
    );
    return { view, contracts };
  };
  const pick = (row: object, names: readonly string[]): Row =>
    Object.fromEntries(names.map((name) => [name, (row as Row)[name] ?? null]));
  const endOf = (day: string) => Date.parse(day) + DAY_MS - 1;

  it('are queried by ten statements of the page', () => {
    expect(statements.size).toBe(10);
    for (const title of statements.keys()) expect([title, result(title).length > 0]).toEqual([title, true]);
  });

  it('say what is there', async () => {
    expect(result('What is there').map((row) => pick(row, ['product', 'date', 'snapshots']))).toEqual(
      DAYS.map((date) => ({ product: 'NIFTY', date, snapshots: 120 })),
    );
  });

  it('give one contract over a day as its chains have it, to DuckDB and to pandas', async () => {
    const names = ['timestamp', 'price', 'iv', 'delta', 'open_interest'];
    const expected: Row[] = [];
    for (const step of STEPS.slice(0, 60)) {
      const { view, contracts } = await chainAt(NOON + step * MINUTE_MS);
      const contract = contracts.find(({ strike, side }) => strike === 24_000 && side === 'call');
      if (contract) expected.push(pick({ ...contract, timestamp: view.timestamp }, names));
    }
    expect(expected.length).toBeGreaterThan(50);
    // The one that is not listed has a row nevertheless.
    const listed = (rows: Row[]) => rows.map((row) => pick(row, names)).filter((row) => row.price !== null);
    expect(listed(result('One contract'))).toEqual(expected);
    expect(listed(found.python)).toEqual(expected);
    expect(pick(found.types, ['timestamp', 'strike', 'iv'])).toEqual({
      timestamp: 'datetime64[ms, UTC]',
      strike: 'float64',
      iv: 'float64',
    });
  });

  it('give the chain as of an instant', async () => {
    const { contracts } = await chainAt(Date.parse('2026-08-19T12:30:30Z'));
    const names = ['strike', 'side', 'price', 'iv', 'delta', 'volume', 'open_interest'];
    const rows = result('The chain as of').filter(({ price, volume }) => price !== null || volume !== null);
    expect(rows.map((row) => pick(row, names))).toEqual(contracts.map((row) => pick(row, names)));
  });

  it('give the put-call ratios of the API', async () => {
    const { history } = await analytics.get(
      `pcr/NIFTY?expiry=${EXPIRY}&from=2026-08-19T00:00:00Z&to=2026-08-20T00:00:00Z`,
    );
    expect(history).toHaveLength(60);
    near(result('Put-call ratio'), history);
  });

  it('give the max pain of the API', async () => {
    const at = isoTime(endOf(DAYS[0]));
    const { max_pain_strike: strike, curve } = await analytics.get(
      `max-pain/NIFTY?expiry=${EXPIRY}&at=${at}`,
    );
    near(result('Max pain'), [curve.find((point: Row) => point.strike === strike)]);
  });

  it('give the change of open interest between the ends of two days', async () => {
    const [earlier, later] = await Promise.all(DAYS.map((day) => chainAt(endOf(day))));
    const open = new Map(
      earlier.contracts.map(({ strike, side, open_interest }) => [`${strike} ${side}`, open_interest]),
    );
    const changes = new Map(
      result('Change of open interest').map(({ strike, side, change }) => [`${strike} ${side}`, change]),
    );
    let compared = 0;
    for (const { strike, side, open_interest } of later.contracts) {
      const before = open.get(`${strike} ${side}`);
      if (typeof before !== 'number' || open_interest === null) continue;
      expect(changes.get(`${strike} ${side}`)).toBe(open_interest - before);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(70);
  });

  it('give the smile of the last chain', async () => {
    const { view, contracts } = await chainAt(endOf(DAYS[1]), '2026-09-01');
    const outside = contracts.filter(
      ({ strike, side, iv }) => iv !== null && side === (strike < (view.forward ?? 0) ? 'put' : 'call'),
    );
    const expected = outside.map(({ strike, iv }) => ({ strike, iv })).sort((a, b) => a.strike - b.strike);
    expect(expected.length).toBeGreaterThan(30);
    expect(result('Volatility smile')).toEqual(expected);
  });

  it('give the figures of each day that the history of the API gives', async () => {
    const figures = ['atm_iv', 'pcr_oi', 'max_pain_strike'];
    const points: Row[] = [];
    for (const day of DAYS) points.push(pick((await chainAt(endOf(day))).view, ['timestamp', ...figures]));
    const { points: listed } = await analytics.get(`history/NIFTY?expiry=${EXPIRY}&figures=${figures}`);
    expect(listed.at(-1)).toMatchObject(points[1]);
    expect(result('Figures at the end').map((row) => pick(row, ['timestamp', ...figures]))).toEqual(points);
  });

  it('give the longer bars of the API', async () => {
    const { bars } = await analytics.get(
      'ohlc/NIFTY?interval=5m&from=2026-08-19T00:00:00Z&to=2026-08-20T00:00:00Z',
    );
    expect(bars.length).toBeGreaterThan(10);
    const names = ['start', 'open', 'high', 'low', 'close'];
    expect(result('Bars of 5')).toEqual(bars.map((bar: object) => pick(bar, names)));
  });

  it('give the last tick before each snapshot', async () => {
    const ticks = await analytics.store.ticks('NIFTY', RANGE);
    const all = [
      ...(await analytics.store.ticks('NIFTY', { ...RANGE, fromMs: NOON - MINUTE_MS, toMs: NOON })),
      ...ticks,
    ];
    const expected = STEPS.slice(0, 60).map((step) => {
      const at = NOON + step * MINUTE_MS;
      const last = all.findLast(({ timestamp }) => timestamp <= at);
      return { timestamp: isoTime(at), ticked: isoTime(last?.timestamp ?? 0), price: last?.price };
    });
    expect(result('Snapshots beside')).toEqual(expected);
  });

  it('are read by pyarrow as streams with types', async () => {
    const [chains, summaries, ticks, bars] = found.arrow;
    expect(chains.rows).toBe(
      result('What is there').reduce((sum, { contracts }) => sum + Number(contracts), 0),
    );
    expect([summaries.rows, ticks.rows]).toEqual([2 * STEPS.length, STEPS.length]);
    expect(bars.rows).toBe((await analytics.store.bars('NIFTY', '1m', { ...RANGE, fromMs: 0 })).length);
    expect(chains.types).toMatchObject({
      timestamp: 'timestamp[ms, tz=UTC]',
      product: 'dictionary<values=string, indices=int32, ordered=0>',
      expiry: 'date32[day]',
      strike: 'double',
    });
  });
});

/** Sums of the same numbers in another order differ in their last bits. */
function near(rows: readonly Row[], expected: readonly Row[]): void {
  expect(rows).toHaveLength(expected.length);
  for (const [i, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'number') expect(value).toBeCloseTo(Number(expected[i][name]), 9);
      else expect(value).toBe(expected[i][name]);
    }
  }
}
