import {
  type ChainHeader,
  type Heartbeat,
  MAX_PACED_PRODUCTS,
  type ProductPace,
  type QualityFlag,
  SYNTHETIC_SOURCE,
} from '@deltastream/contracts';
import type { Clock } from '../../ports/clock.ts';
import { createGrowingCache } from '../growing-cache.ts';

/** What must be known of a chain to tell whether it is stale. */
export type ServedChain = Pick<ChainHeader, 'product' | 'expiry_at' | 'source' | 'generation' | 'dataset'>;

/** Which chains that are served as the newest of their expiry are no longer the present. */
export interface StaleChains {
  /**
   * True for a chain of a live feed that should have been followed by another: no figures of its product have come for
   * as long as makes a product quiet, its market is not known to be closed, and its contracts have not expired. Never
   * true of a recording.
   */
  isStale(chain: ServedChain): boolean;
}

export interface StaleChainsOptions {
  readonly clock: Clock;
  /** How long nothing is stale because not all have reported yet. */
  readonly graceMs: number;
  /** Silence that makes a product quiet, by what lies between two of its messages. */
  readonly quietMs: (intervalMs: number | null) => number;
  readonly inSession: (product: string) => boolean | null;
}

/**
 * Silence is measured as `ranMs`, the milliseconds for which this process ran and received or could not receive from others: a
 * bus that is away makes chains stale, a stall of this process does not.
 */
export function createStaleChains({ clock, graceMs, quietMs, inSession }: StaleChainsOptions) {
  const moved = createGrowingCache<string, { readonly at: number; readonly intervalMs: number | null }>(
    10 * MAX_PACED_PRODUCTS,
  );
  /** What feeds say lies between two of their messages: they know their source. */
  const quoted = createGrowingCache<string, number>(10 * MAX_PACED_PRODUCTS);
  const received = new Set<string>();
  let early = true;

  return {
    isStale: ({ product, expiry_at, source, generation = 0, dataset }) =>
      !(early || received.has(product) || generation !== 0) &&
      // Without a dataset it is of a release that did not tell a recording from a live feed.
      (source === SYNTHETIC_SOURCE || (dataset !== undefined && inSession(product) !== false)) &&
      clock.now() < expiry_at,

    receive({ services }: Heartbeat, ranMs: number): void {
      for (const { service, products = [] } of services) {
        if (service === 'feed')
          for (const { product, interval_ms } of products) quoted.set(product, interval_ms ?? 0);
        if (service !== 'enricher') continue;
        for (const { product, age_ms, interval_ms } of products) {
          const at = ranMs - age_ms;
          const held = moved.get(product);
          if (!held || at > held.at) moved.set(product, { at, intervalMs: interval_ms });
        }
      }
    },

    examine(ranMs: number): void {
      early = ranMs < graceMs;
      received.clear();
      for (const [product, last] of moved.entries()) {
        const intervalMs = Math.max(last.intervalMs ?? 0, quoted.get(product) ?? 0);
        if (ranMs - last.at <= quietMs(intervalMs)) received.add(product);
      }
    },

    /** How far the figures of each product have come, also those of enrichers that are gone. */
    paces: (ranMs: number): ProductPace[] =>
      [...moved.entries()].map(([product, { at, intervalMs }]) => ({
        product,
        age_ms: Math.max(0, ranMs - at),
        interval_ms: intervalMs,
      })),
  } satisfies StaleChains & Record<string, unknown>;
}

/** The flags that a chain has besides its own where it is served as the newest. */
export const qualityNow = (
  chain: ServedChain & Pick<ChainHeader, 'quality'>,
  chains: StaleChains | undefined,
): QualityFlag[] => (chains?.isStale(chain) && !chain.quality.includes('stale') ? ['stale'] : []);
