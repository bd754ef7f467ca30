import type { RawChain } from '@deltastream/contracts';

/** A chain is stale beyond this many of the intervals in which it should have been followed by another. */
const STALE_INTERVALS = 3;
/** And beyond this at least: a feed of a hundred chains a second may pause for a moment. */
const LEAST_STALE_MS = 1_000;

/**
 * The chain with the flag `stale` where it is sent too late to be the present: after a stall of the source, a wait
 * for a bus that was away, or conflation. Only a feed can tell, which knows that its source is of the present and how
 * often it speaks; the chain of a recording is never stale.
 *
 * @param expectedIntervalMs of the source; null for the past
 * @param lateMs since it was due, by a clock that nobody sets: its timestamp is of another one
 */
export function withStaleness(chain: RawChain, expectedIntervalMs: number | null, lateMs: number): RawChain {
  if (expectedIntervalMs === null || chain.quality.includes('stale')) return chain;
  if (lateMs <= Math.max(LEAST_STALE_MS, STALE_INTERVALS * expectedIntervalMs)) return chain;
  return { ...chain, quality: [...chain.quality, 'stale'] };
}
