import type { EnrichedChain } from '@deltastream/contracts';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MarketReader } from '../../../../ports/stores/market/market-store.ts';
import type { Lanes } from '../../computing/lanes.ts';
import { ANALYTICS } from '../../settings.ts';
import { curvedChain } from './curved-chain.fixture.ts';
import { fitSlices } from './fit-slices.ts';
import type { FitSmiles } from './fit-surface.ts';
import { createSurfaces, type SurfaceCacheSettings } from './surfaces.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];

/** What a store of chains would say; chains are added by ascending time. */
function storeOf(chains: EnrichedChain[]) {
  const of = (expiry: string, atMs: number) =>
    chains.findLast((chain) => chain.expiry === expiry && chain.timestamp <= atMs) ?? null;
  return {
    chains,
    async products() {
      return [];
    },
    async expiries() {
      return [NEAR, FAR].flatMap((expiry) => {
        const own = chains.filter((chain) => chain.expiry === expiry).map(({ timestamp }) => timestamp);
        if (own.length === 0) return [];
        const expiryAt = Date.parse(`${expiry}T10:00:00Z`);
        return [{ expiry, expiryAt, firstTimestamp: own[0], lastTimestamp: own[own.length - 1] }];
      });
    },
    async asOf(_product: string, expiry: string, atMs: number) {
      return of(expiry, atMs);
    },
    async summaries(_product: string, expiry: string, { toMs }: { toMs: number }) {
      const chain = of(expiry, toMs - 1);
      return chain ? [{ timestamp: chain.timestamp }] : [];
    },
  };
}

describe('surfaces', () => {
  let fits: number;
  let failing: boolean;
  const lanes: Pick<Lanes, 'run'> = { run: (_lane, work) => work({ fit, forecast: async () => [] }) };
  let whileFitting: () => void;
  const fit: FitSmiles = async (smiles) => {
    fits++;
    whileFitting();
    if (failing) throw new Error('no thread');
    return fitSlices(smiles);
  };
  beforeEach(() => {
    fits = 0;
    failing = false;
    whileFitting = () => {};
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** Returns a function that sets the clock. */
  function stopClock() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const clock = vi.spyOn(performance, 'now');
    return (ms: number) => {
      clock.mockReturnValue(ms);
      vi.advanceTimersByTime(10);
    };
  }

  const chain = (expiry: string, second: number, years = 0.05) =>
    curvedChain('NIFTY', expiry, AT + second * 1000, { years });
  function surfacesOf(chains: EnrichedChain[], settings: Partial<SurfaceCacheSettings> = {}) {
    const store = storeOf(chains);
    const given = { ...ANALYTICS.defaults, ...settings };
    const reader = store as unknown as MarketReader;
    return { store, surfaces: createSurfaces(reader, lanes, given, new Registry()) };
  }

  it('are fitted once for all who ask, and kept until a chain is newer', async () => {
    const { store, surfaces } = surfacesOf([chain(NEAR, 0), chain(FAR, 0, 0.15)], { surfaceStaleMs: 0 });
    const all = await Promise.all([1, 2, 3].map(() => surfaces.surface('NIFTY')));
    expect([new Set(all).size, fits]).toEqual([1, 1]);
    expect(await surfaces.surface('NIFTY')).toBe(all[0]);
    expect(fits).toBe(1);
    store.chains.push(chain(FAR, 1, 0.15));
    const next = await surfaces.surface('NIFTY');
    expect([fits, next.timestamp]).toEqual([2, AT + 1000]);
    expect(next.slices.map(({ timestamp }) => timestamp - AT)).toEqual([0, 1000]);
  });

  it('are as of then what they were, from the same fit', async () => {
    const { store, surfaces } = surfacesOf([chain(NEAR, 0)]);
    const then = await surfaces.surface('NIFTY');
    store.chains.push(chain(NEAR, 5), chain(FAR, 5, 0.15));
    expect(await surfaces.surface('NIFTY', new Date(AT + 4999).toISOString())).toBe(then);
    expect(fits).toBe(1);
  });

  it('may be the one before while they are fitted, which is that of its own instant', async () => {
    const { store, surfaces } = surfacesOf([chain(NEAR, 0)], { surfaceStaleMs: 60_000 });
    const before = await surfaces.surface('NIFTY');
    store.chains.push(chain(NEAR, 1));
    expect(await surfaces.surface('NIFTY')).toBe(before);
    await expect.poll(async () => (await surfaces.surface('NIFTY')).timestamp).toBe(AT + 1000);
    expect(await surfaces.surface('NIFTY', new Date(before.timestamp).toISOString())).toBe(before);
    store.chains.push(chain(NEAR, 2));
    expect((await surfaces.newest('NIFTY')).timestamp).toBe(AT + 2000);
    expect(fits).toBe(3);
  });

  it('may be that for so long after its chains were the newest, however long the fit took', async () => {
    const isNow = stopClock();
    isNow(1_000_000);
    const { store, surfaces } = surfacesOf([chain(NEAR, 0)], { surfaceStaleMs: 1_000 });
    whileFitting = () => isNow(1_000_900);
    const before = await surfaces.surface('NIFTY');
    whileFitting = () => {};
    store.chains.push(chain(NEAR, 1));
    isNow(1_001_100);
    const found = await surfaces.surface('NIFTY');
    expect([before, found].map(({ timestamp }) => timestamp - AT)).toEqual([0, 1000]);
  });

  it('have no data where the days of all chains were removed and the catalogue stayed', async () => {
    const { store, surfaces } = surfacesOf([chain(NEAR, 0)]);
    store.asOf = async () => null;
    await expect(surfaces.surface('NIFTY')).rejects.toMatchObject({ code: 'no_data' });
    expect(fits).toBe(0);
  });

  it('of one chain alone are fitted once for each version of it, at its own bound', async () => {
    const { surfaces } = surfacesOf([], { maxCachedAsOf: 2 });
    const over = chain(NEAR, 0);
    const [slice, again] = await Promise.all([surfaces.alone(over), surfaces.alone({ ...over })]);
    expect(again).toBe(slice);
    expect(await surfaces.alone(over)).toBe(slice);
    expect([slice.expiry, fits]).toEqual([NEAR, 1]);
    // A correction has the timestamp of what it replaces.
    expect(await surfaces.alone({ ...over, generation: 1 })).not.toBe(slice);
    await surfaces.alone(chain(FAR, 0));
    expect(fits).toBe(3);
    await surfaces.alone(over);
    expect(fits).toBe(4);
  });

  it('of one chain alone are fitted again after a while: recomputed, it has its version', async () => {
    const isNow = stopClock();
    isNow(1_000_000);
    const { surfaces } = surfacesOf([], { surfaceMaxAgeMs: 1_000 });
    const over = chain(NEAR, 0);
    const before = await surfaces.alone(over);
    const recomputed = { ...over, summary: { ...over.summary, forward: 101 } };
    isNow(1_000_900);
    expect(await surfaces.alone(recomputed)).toBe(before);
    isNow(1_001_100);
    expect(await surfaces.alone(recomputed)).toMatchObject({ forward: 101 });
  });

  it('are asked for again after a failure', async () => {
    const { surfaces } = surfacesOf([chain(NEAR, 0)]);
    failing = true;
    await expect(surfaces.surface('NIFTY')).rejects.toThrow('no thread');
    failing = false;
    expect((await surfaces.surface('NIFTY')).slices).toHaveLength(1);
  });

  it('that others published are taken, unless they are of a release that says less', async () => {
    const elsewhere = await surfacesOf([chain(NEAR, 0)]).surfaces.newest('NIFTY');
    const { surfaces } = surfacesOf([chain(NEAR, 0)]);
    const [{ repaired: _, ...earlier }] = elsewhere.slices;
    surfaces.add({ ...elsewhere, slices: [earlier] });
    expect((await surfaces.surface('NIFTY')).slices[0].repaired).toBe(false);
    expect(fits).toBe(2);
    const other = surfacesOf([chain(NEAR, 0)]);
    other.surfaces.add(elsewhere);
    expect(await other.surfaces.surface('NIFTY')).toBe(elsewhere);
    expect(fits).toBe(2);
  });
});
