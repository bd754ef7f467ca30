import { describe, expect, it } from 'vitest';
import { freshnessOf, withArrival, withGap } from './freshness.ts';

const AT = '2026-08-19T05:57:01.000Z';
const chain = (changes: Partial<Parameters<typeof withArrival>[1]> = {}) => ({
  ...{ product: 'NIFTY', expiry: '2026-08-25', timestamp: AT, quotes_as_of: AT, quality: [] as never[] },
  ...changes,
});
const serverNow = (afterMs: number) => Date.parse(AT) + afterMs;

describe('how fresh a chain is', () => {
  it('is counted from its newest snapshot, by its own pace', () => {
    const first = withArrival(null, chain(), 1_000);
    expect(withArrival(first, chain(), 5_000)).toBe(first);
    const second = withArrival(first, chain({ timestamp: '2026-08-19T05:58:01.000Z' }), 61_000);
    expect(second).toMatchObject({ at: 61_000, pacesMs: [60_000] });
    expect(withArrival(second, chain({ product: 'BTC' }), 61_500)).toMatchObject({ pacesMs: [] });

    const of = (arrivals: typeof first, now: number) =>
      freshnessOf({ chain: chain(), live: true }, arrivals, { now, serverNow: null });
    expect(of(first, 15_900)).toBe('fresh');
    expect(of(first, 16_100)).toBe('old');
    expect(of(second, 61_000 + 179_000)).toBe('fresh');
    expect(of(second, 61_000 + 181_000)).toBe('old');
  });

  it('is that of its quotes, too, where a source repeats them', () => {
    const arrivals = withArrival(null, chain(), 0);
    const of = (afterMs: number, changes = {}) =>
      freshnessOf({ chain: chain(changes), live: true }, arrivals, {
        now: 0,
        serverNow: serverNow(afterMs),
      });
    expect(of(59_000)).toBe('fresh');
    expect(of(61_000)).toBe('old');
    expect(of(61_000, { quotes_as_of: null })).toBe('fresh');
    expect(of(0, { quality: ['stale'] })).toBe('old');
  });

  it('is not that of the clock for a recording, and none without a chain', () => {
    const arrivals = withArrival(null, chain(), 0);
    const clocks = { now: 0, serverNow: null };
    expect(freshnessOf({ chain: chain(), live: true }, arrivals, clocks)).toBe('fresh');
    expect(freshnessOf({ chain: null, live: false }, arrivals, clocks)).toBe('none');
  });

  it('is never fresh for a stored one, which is old where no other follows it', () => {
    const arrivals = withArrival(null, chain(), 0);
    const stored = { chain: chain(), live: false };
    expect(freshnessOf(stored, arrivals, { now: 1_000, serverNow: null })).toBe('none');
    expect(freshnessOf(stored, arrivals, { now: 16_000, serverNow: null })).toBe('old');
    expect(freshnessOf(stored, arrivals, { now: 0, serverNow: serverNow(59_000) })).toBe('none');
    expect(freshnessOf(stored, arrivals, { now: 0, serverNow: serverNow(61_000) })).toBe('old');
  });

  it('does not take a gap for a pace: hidden, without a connection, or a single pause of the source', () => {
    const HOUR_MS = 3_600_000;
    const at = (second: number) =>
      chain({ timestamp: new Date(Date.parse(AT) + second * 1_000).toISOString() });
    const eachSecond = withArrival(withArrival(null, at(0), 0), at(1), 1_000);
    const isOldSoonAfter = (arrivals: typeof eachSecond) =>
      freshnessOf({ chain: at(3_602), live: true }, arrivals, { now: arrivals.at + 16_000, serverNow: null });

    const seenAgain = withArrival(withGap(eachSecond), at(3_601), 1_000 + HOUR_MS);
    expect(seenAgain).toMatchObject({ pacesMs: [1_000], missed: false });
    expect(isOldSoonAfter(seenAgain)).toBe('old');
    const paused = withArrival(eachSecond, at(3_601), 1_000 + HOUR_MS);
    expect(isOldSoonAfter(paused)).toBe('old');
    expect(withArrival(paused, at(3_602), 2_000 + HOUR_MS).pacesMs).toEqual([HOUR_MS, 1_000]);

    const first = withArrival(withArrival(null, at(0), 0), at(3_601), HOUR_MS);
    const due = (afterMs: number) =>
      freshnessOf({ chain: at(3_601), live: true }, first, { now: HOUR_MS + afterMs, serverNow: null });
    expect([due(14 * 60_000), due(16 * 60_000)]).toEqual(['fresh', 'old']);
  });
});
