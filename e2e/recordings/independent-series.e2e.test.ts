import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { column, type EnrichedChain, type Side } from '@deltastream/contracts';
import { sessionStart } from '@deltastream/reference';
import { afterAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../packages/recordings/src/index.ts';
import { openStoredAnalytics } from '../../packages/server/src/services/analytics/stored-analytics.fixture.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';

/** Any interpreter of Python 3: the script needs the standard library alone. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('../support/market/series.py', import.meta.url));
const havePython = spawnSync(PYTHON, ['--version'], { stdio: 'ignore' }).status === 0;
if (!havePython) process.stdout.write('Skipped: python3 (not installed).\n');

const NAME = 'nse/nifty_chain_20260819.csv.gz';
const WINDOW_MS = 15 * 60_000;
const GREEKS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;
const SUMS = ['premium', ...GREEKS] as const;
type Row = Readonly<Record<string, never>>;

describe.skipIf(!haveRecordings || !havePython)('a recorded session in Python', () => {
  const opened = openStoredAnalytics();
  afterAll(async () => (await opened).close());

  it('has the open interest, changes, premiums and ends of intervals that the routes answer', async () => {
    const analytics = await opened;
    const enrich = createChainEnricher({ rate: 0.05 });
    const byExpiry = new Map<string, EnrichedChain[]>();
    for await (const item of await openRecording(recording(NAME))) {
      if (item.kind !== 'chain') continue;
      const chain = enrich(item.chain);
      byExpiry.set(chain.expiry, [...(byExpiry.get(chain.expiry) ?? []), chain]);
    }
    const [chains] = [...byExpiry.values()].toSorted((a, b) => b.length - a.length);
    for (let i = 0; i < chains.length; i += 50) await analytics.store.putSnapshots(chains.slice(i, i + 50));
    const newest = chains[chains.length - 1];
    const { product, expiry } = newest;
    const atm = newest.summary.atm_strike ?? 0;
    const legs = [
      [atm, 'call', 2],
      [atm - 200, 'put', -1],
      [atm + 200, 'call', -1],
    ] as const;
    const input = JSON.stringify({
      chains: chains.map(inputOf),
      opening: sessionStart('NSE', newest.timestamp),
      legs,
      window: WINDOW_MS,
    });
    const { stdout, stderr } = spawnSync(PYTHON, [SCRIPT], { input, maxBuffer: 1e9, encoding: 'utf8' });
    expect(stderr).toBe('');
    const expected = JSON.parse(stdout);
    const get = (path: string) => analytics.get(path.replace('?', `/${product}?expiry=${expiry}&`));
    const at = (iso: string) => Date.parse(iso);

    const profile = await get('oi-profile?bands=1,5,10');
    const weighted = [profile.call_weighted_strike, profile.put_weighted_strike, profile.weighted_strike];
    agree('weighted strikes', weighted, expected.profile.weighted);
    agree(
      'bands',
      profile.bands.map(({ call_oi, put_oi, pcr_oi }: Row) => [call_oi, put_oi, pcr_oi]),
      expected.profile.bands,
    );
    agree(
      'strikes',
      profile.strikes.map(({ strike, call_oi, put_oi, pcr_oi }: Row) => [strike, call_oi, put_oi, pcr_oi]),
      expected.profile.strikes,
    );

    const change = await get('oi-change?window=15m');
    expect(at(change.baseline_timestamp)).toBe(expected.change.baseline);
    agree(
      'changes',
      [change.call_oi_change, change.put_oi_change, change.pcr_oi_change],
      expected.change.totals,
    );
    for (const [name, sizes] of Object.entries(expected.change.movers)) {
      const found = change.movers[name].map(({ open_interest_change }: Row) =>
        Math.abs(open_interest_change),
      );
      agree(name, found, sizes);
    }

    const heatmap = await get('oi-heatmap?resolution=5m&width=10');
    agree('strikes of the heat map', heatmap.strikes, expected.heatmap.strikes);
    agree(
      'heat map',
      heatmap.columns.map(({ timestamp, call_oi, put_oi }: Row) => [at(timestamp), call_oi, put_oi]),
      expected.heatmap.columns,
    );

    const text = legs.map(([strike, side, quantity]) => `${expiry}:${strike}:${side}:${quantity}`).join();
    const premium = await analytics.get(`premium/${product}?legs=${text}&resolution=5m`);
    agree(
      'premiums',
      premium.points.map((point: Row) => [at(point.timestamp), ...SUMS.map((name) => point[name])]),
      expected.premium,
    );
    const rolling = await get('premium?rolling=straddle&resolution=15m');
    agree(
      'rolling straddle',
      rolling.points.map((point: Row) => [
        at(point.timestamp),
        point.call_strike,
        point.rolled,
        point.premium_before_roll,
        ...SUMS.map((name) => point[name]),
      ]),
      expected.rolling,
    );
    expect(rolling.points.filter(({ rolled }: Row) => rolled).length).toBeGreaterThan(0);

    const history = await get('history?figures=pcr_oi&resolution=15m');
    agree(
      'history',
      history.points.map(({ timestamp, pcr_oi }: Row) => [at(timestamp), pcr_oi]),
      expected.history,
    );
    process.stdout.write(
      `${NAME}: ${chains.length} chains of ${newest.columns.count} strikes; ${heatmap.count} columns, ` +
        `${premium.count} premiums, ${rolling.count} of a rolling straddle\n`,
    );
  });
});

/** Equal to 1e-9 of their size, or of 1. */
function agree(what: string, found: unknown, expected: unknown): void {
  if (Array.isArray(expected)) {
    expect(found, what).toHaveLength(expected.length);
    for (const [i, each] of expected.entries()) agree(`${what} ${i}`, (found as unknown[])[i], each);
  } else if (typeof expected === 'number' && typeof found === 'number') {
    expect(Math.abs(found - expected), `${what}: ${found}, ${expected}`).toBeLessThan(
      1e-9 * Math.max(1, Math.abs(expected)),
    );
  } else expect(found, what).toBe(expected);
}

function inputOf({ timestamp, price_tick, summary, columns }: EnrichedChain) {
  const cells = (name: Parameters<typeof column>[1]) =>
    Array.from(column(columns, name), (value) => (Number.isNaN(value) ? null : value));
  const side = (each: Side) => ({
    bid: cells(`${each}_bid`),
    ask: cells(`${each}_ask`),
    last: cells(`${each}_last`),
    mark: cells(`${each}_mark`),
    oi: cells(`${each}_open_interest`),
    ...Object.fromEntries(GREEKS.map((name) => [name, cells(`${each}_${name}`)])),
  });
  return {
    timestamp,
    tick: price_tick,
    atm: summary.atm_strike,
    pcr_oi: summary.pcr_oi,
    strikes: cells('strike'),
    call: side('call'),
    put: side('put'),
  };
}
