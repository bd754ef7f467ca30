import type { Heartbeat } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../ports/clock.ts';
import { createStaleChains, qualityNow, type ServedChain } from './stale-chains.ts';

const NOW = Date.UTC(2026, 7, 19, 6);
const GRACE_MS = 3_000;

const heartbeat = (ageMs: number, intervalMs: number | null = 1_000): Heartbeat => ({
  process: 'p',
  ended: false,
  services: [
    {
      service: 'enricher',
      failing: [],
      products: [{ product: 'X', age_ms: ageMs, interval_ms: intervalMs }],
    },
    { service: 'feed', failing: [], products: [{ product: 'X', age_ms: 0, interval_ms: 1 }] },
  ],
});

function start(inSession: boolean | null = true) {
  const clock = createManualClock(NOW);
  const chains = createStaleChains({
    clock,
    graceMs: GRACE_MS,
    quietMs: (intervalMs) => Math.max(5_000, 3 * (intervalMs ?? 0)),
    inSession: () => inSession,
  });
  return { clock, ...chains };
}

const live: ServedChain = { product: 'X', source: 'venue', dataset: 'recorded', expiry_at: NOW + 60_000 };

describe('a chain that is served as the newest', () => {
  it('is stale once no figures of its product came for three intervals, and is not when they come again', () => {
    const { receive, examine, isStale } = start();
    receive(heartbeat(0, 10_000), 0);
    for (const [ranMs, expected] of [
      [0, false],
      [30_000, false],
      [30_001, true],
    ] as const) {
      examine(ranMs);
      expect(isStale(live)).toBe(expected);
    }
    // What repeats that nothing came is not news.
    receive(heartbeat(40_000, 10_000), 40_000);
    examine(40_000);
    expect(isStale(live)).toBe(true);
    receive(heartbeat(10, 10_000), 41_000);
    examine(41_000);
    expect(isStale(live)).toBe(false);
  });

  it('is not stale for as long as its feed says that a product may be silent', () => {
    const { receive, examine, isStale } = start();
    const beat = heartbeat(0);
    const [enricher, feed] = beat.services;
    receive(
      {
        ...beat,
        services: [enricher, { ...feed, products: [{ product: 'X', age_ms: 0, interval_ms: 60_000 }] }],
      },
      0,
    );
    for (const [ranMs, expected] of [
      [179_000, false],
      [180_001, true],
    ] as const) {
      examine(ranMs);
      expect(isStale(live)).toBe(expected);
    }
  });

  it('is stale where nobody speaks of its product, but not before all could report', () => {
    const { examine, isStale } = start();
    expect(isStale(live)).toBe(false);
    examine(GRACE_MS - 1);
    expect(isStale(live)).toBe(false);
    examine(GRACE_MS);
    expect(isStale(live)).toBe(true);
  });

  it('counts the figures of whichever enricher had one last', () => {
    const { receive, examine, isStale } = start();
    receive(heartbeat(0), 10_000);
    receive(heartbeat(9_000), 10_100);
    examine(14_000);
    expect(isStale(live)).toBe(false);
    examine(15_001);
    expect(isStale(live)).toBe(true);
  });

  it('is not stale where it is of the past: a recording, an expiry that is over, a market that is closed', () => {
    const { clock, examine, isStale } = start();
    examine(60_000);
    expect(isStale({ ...live, generation: 1 })).toBe(false);
    expect(isStale({ ...live, generation: -1 })).toBe(false);
    expect(isStale({ ...live, dataset: undefined })).toBe(false);
    expect(isStale({ ...live, generation: 0 })).toBe(true);
    clock.set(NOW + 60_000);
    expect(isStale(live)).toBe(false);
    const closed = start(false);
    closed.examine(60_000);
    expect(closed.isStale(live)).toBe(false);
    // Generated markets never close.
    expect(closed.isStale({ ...live, source: 'synthetic' })).toBe(true);
    const unknown = start(null);
    unknown.examine(60_000);
    expect(unknown.isStale(live)).toBe(true);
  });

  it('has the flag once, whichever service set it', () => {
    const chains = start();
    chains.examine(60_000);
    expect(qualityNow({ ...live, quality: ['partial'] }, chains)).toEqual(['stale']);
    expect(qualityNow({ ...live, quality: ['stale'] }, chains)).toEqual([]);
    expect(qualityNow({ ...live, quality: [] }, undefined)).toEqual([]);
  });
});
