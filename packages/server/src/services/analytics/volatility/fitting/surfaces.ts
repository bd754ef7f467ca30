import type { EnrichedChain, SurfaceFit, SurfaceSlice } from '@deltastream/contracts';
import type { Registry } from 'prom-client';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import { COMPUTE_BUCKETS, createMeter } from '../../../../kit/health/meter.ts';
import type { MarketReader } from '../../../../ports/stores/market/market-store.ts';
import type { Computations } from '../../computing/compute-pool.ts';
import { createComputedResults } from '../../computing/computed-results.ts';
import type { Lanes } from '../../computing/lanes.ts';
import { createNewestResults } from '../../computing/newest-results.ts';
import { readExpiriesInUse } from '../../reading/expiry-choice.ts';
import { readerAt } from '../../reading/reader-as-of.ts';
import type { AnalyticsSettings } from '../../settings.ts';
import { type FitSmiles, fitSurface } from './fit-surface.ts';

/** Fitted surfaces, by the snapshots they are of: what is live, as of then and published is one and the same. */
export interface Surfaces {
  /**
   * The surface of the newest chains, or of those as of `at`. Of the newest, the one before may be returned while they
   * are fitted. Rejects as `readExpiriesInUse`, `Lanes.run` and the store do.
   */
  surface(product: string, at?: string): Promise<SurfaceFit>;
  /**
   * The curve of one chain alone, of an expiry that is over or not in a surface. A corrected chain is another version; a
   * recomputed one is not, so that its curve shows after `surfaceMaxAgeMs`. Rejects as `Lanes.run`.
   */
  alone(chain: EnrichedChain): Promise<SurfaceSlice>;
  /** The surface of the newest chains, never one before. */
  newest(product: string): Promise<SurfaceFit>;
  /** Takes one that any process published. */
  add(fit: SurfaceFit): boolean;
}

export type SurfaceCacheSettings = Pick<
  AnalyticsSettings,
  'surfaceStaleMs' | 'maxExpiryLagMs' | 'surfaceMaxAgeMs' | 'maxCachedSurfaces' | 'maxCachedAsOf'
>;

interface Snapshot {
  readonly expiry: string;
  readonly timestamp: number;
}

const keyOf = (product: string, snapshots: readonly Snapshot[]): string =>
  [product, ...snapshots.map(({ expiry, timestamp }) => `${expiry}@${timestamp}`).sort()].join(' ');

const versionOf = ({ product, expiry, timestamp, generation = 0, epoch, seq }: EnrichedChain): string =>
  [product, expiry, timestamp, generation, epoch, seq].join(' ');

/**
 * A surface is fitted once for the same snapshots, however many ask at the same time; it is out of date when one of
 * its expiries has a newer snapshot, and read again after `surfaceMaxAgeMs` because a correction has the timestamp of
 * what it replaces.
 */
export function createSurfaces(
  store: MarketReader,
  lanes: Pick<Lanes, 'run'>,
  settings: SurfaceCacheSettings,
  registry: Registry,
): Surfaces {
  const { counter, histogram } = createMeter('analytics', registry);
  const asked = counter(
    'surface_reads_total',
    'Surfaces asked for: in the cache, an earlier one while it is fitted, or fitted',
    'outcome',
  );
  const help = 'Time to read and fit the surface of one product';
  const seconds = histogram('surface_seconds', help, COMPUTE_BUCKETS);
  const results = createComputedResults<SurfaceFit>(lanes, {
    most: { live: settings.maxCachedSurfaces, asOf: settings.maxCachedAsOf },
    ttl: settings.surfaceMaxAgeMs,
  });
  const curves = createComputedResults<SurfaceSlice>(lanes, {
    most: { asOf: settings.maxCachedAsOf },
    ttl: settings.surfaceMaxAgeMs,
  });
  const recent = createNewestResults(results, {
    staleMs: settings.surfaceStaleMs,
    most: settings.maxCachedSurfaces,
    onRead: (outcome) => asked.inc({ outcome }),
  });

  async function read(product: string, snapshots: readonly Snapshot[], fit: FitSmiles): Promise<SurfaceFit> {
    asked.inc({ outcome: 'fitted' });
    const begun = performance.now();
    const chains: EnrichedChain[] = [];
    // One after the other, so that decoding them leaves the event loop to others in between.
    for (const { expiry, timestamp } of snapshots) {
      const chain = await store.asOf(product, expiry, timestamp);
      if (chain !== null) chains.push(chain);
    }
    // The catalogue outlives the days whose chains were removed.
    if (chains.length === 0) throw new DeltaStreamError('no_data', `no chain of ${product} is stored`);
    const surface = await fitSurface(chains, fit);
    seconds.observe((performance.now() - begun) / 1000);
    return surface;
  }

  async function find(product: string, at: string | undefined, mayBeStale: boolean): Promise<SurfaceFit> {
    const { current } = await readExpiriesInUse(readerAt(store, at), product, settings.maxExpiryLagMs);
    const snapshots = current.map(({ expiry, lastTimestamp }) => ({ expiry, timestamp: lastTimestamp }));
    const key = keyOf(product, snapshots);
    const compute = ({ fit }: Pick<Computations, 'fit'>) => read(product, snapshots, fit);
    if (at === undefined) return recent.find(product, key, compute, mayBeStale);
    const found = results.cached('asOf', key);
    if (found !== undefined) asked.inc({ outcome: 'hit' });
    return found ?? results.get('asOf', key, compute);
  }

  return {
    surface: (product, at) => find(product, at, true),
    alone: (chain) =>
      curves.get('asOf', versionOf(chain), async ({ fit }) => (await fitSurface([chain], fit)).slices[0]),
    newest: (product) => find(product, undefined, false),
    add(fit) {
      // Of an earlier release, which says less of its fits.
      const complete = fit.slices.every(({ repaired }) => repaired !== undefined);
      const key = keyOf(fit.product, fit.slices);
      // The same object as before, so that its JSON is kept: a process hears of its own fits, too.
      if (complete && results.cached('live', key) === undefined) results.add(key, fit);
      return true;
    },
  };
}
