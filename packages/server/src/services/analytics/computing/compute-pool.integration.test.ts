import { forecastVolatility } from '@deltastream/quant';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../kit/logging/log.ts';
import { ANALYTICS } from '../settings.ts';
import { curvedChain } from '../volatility/fitting/curved-chain.fixture.ts';
import { fitSlices } from '../volatility/fitting/fit-slices.ts';
import { smileQuotes } from '../volatility/fitting/smile-quotes.ts';
import { type ComputePool, type ComputePoolSettings, createComputePool } from './compute-pool.ts';

const FAULTY = new URL('./compute-thread.fixture.ts', import.meta.url);
/** Of so many expiries that cross, so that fitting them takes a while. */
const smilesOf = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    smileQuotes(curvedChain('NIFTY', '2026-08-25', 0, { years: 0.05 - i / 1000, points: 101 })),
  );
const SMILES = smilesOf(6);

const pools: ComputePool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

function poolOf(settings: Partial<ComputePoolSettings> = {}, script?: URL): ComputePool {
  const pool = createComputePool({ ...ANALYTICS.defaults, ...settings }, silentLogger, script);
  pools.push(pool);
  return pool;
}

const SESSIONS = (() => {
  const returns = Float64Array.from({ length: 252 }, (_, i) => 0.01 * Math.sin(i * i));
  return { returns, variances: returns.map((value) => value * value + 1e-6) };
})();

describe('pool of computations', () => {
  it('gives what the function gives, and takes next to nothing of the thread that asks', async () => {
    const pool = poolOf();
    await pool.fit(SMILES);
    const begun = process.threadCpuUsage();
    const expected = fitSlices(SMILES);
    const here = process.threadCpuUsage(begun);
    const asked = process.threadCpuUsage();
    expect(await pool.fit(SMILES)).toEqual(expected);
    const there = process.threadCpuUsage(asked);
    expect(expected.some((each) => each?.repaired)).toBe(true);
    expect(there.user + there.system).toBeLessThan((here.user + here.system) / 2);
  });

  it('computes forecasts, too, and takes next to nothing of the thread that asks', async () => {
    const pool = poolOf();
    const task = { sessions: SESSIONS, sessionsPerYear: 252 };
    await pool.forecast(task);
    const begun = process.threadCpuUsage();
    const expected = forecastVolatility(SESSIONS, 252);
    const here = process.threadCpuUsage(begun);
    const asked = process.threadCpuUsage();
    expect(await pool.forecast(task)).toEqual(expected);
    const there = process.threadCpuUsage(asked);
    expect(expected).toHaveLength(9);
    expect(there.user + there.system).toBeLessThan((here.user + here.system) / 2);
  });

  it('refuses more than may wait, and serves the others', async () => {
    const pool = poolOf({ fitThreads: 1, maxWaitingFits: 1 });
    await pool.fit(smilesOf(2));
    const all = await Promise.allSettled([1, 2, 3, 4].map(() => pool.fit(SMILES)));
    const refused = all.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(refused).toEqual(['unavailable', 'unavailable']);
    expect((await pool.fit(smilesOf(2)))[0]?.svi.b).toBeGreaterThan(0);
  });

  it('goes on with another thread when one ends', async () => {
    const pool = poolOf({ fitThreads: 1 }, FAULTY);
    await expect(pool.fit([])).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    expect(await pool.fit(smilesOf(2))).toEqual(fitSlices(smilesOf(2)));
  });

  it('ends a fit that takes too long, and goes on', async () => {
    const pool = poolOf({ fitThreads: 1, fitTimeoutMs: 2_000 }, FAULTY);
    await pool.fit(smilesOf(2));
    await expect(pool.fit(smilesOf(1))).rejects.toMatchObject({ code: 'timeout' });
    expect((await pool.fit(smilesOf(2))).length).toBe(2);
  });

  it('completes at a stop what was asked for, and begins again at a start', async () => {
    const pool = poolOf();
    const running = pool.fit(SMILES);
    await pool.stop();
    expect((await running).length).toBe(SMILES.length);
    await expect(pool.fit(SMILES)).rejects.toMatchObject({ code: 'stopped' });
    await pool.stop();
    pool.start();
    expect((await pool.fit(SMILES)).length).toBe(SMILES.length);
  });
});
