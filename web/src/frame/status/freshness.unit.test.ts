import { describe, expect, it } from 'vitest';
import { freshnessOf, withArrival } from './freshness.ts';

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
    expect(second).toMatchObject({ at: 61_000, paceMs: 60_000 });
    expect(withArrival(second, chain({ product: 'BTC' }), 61_500)).toMatchObject({ paceMs: null });

    const of = (arrivals: typeof first, now: number) =>
      freshnessOf(chain(), arrivals, { now, serverNow: null });
    expect(of(first, 15_900)).toBe('fresh');
    expect(of(first, 16_100)).toBe('old');
    expect(of(second, 61_000 + 179_000)).toBe('fresh');
    expect(of(second, 61_000 + 181_000)).toBe('old');
  });

  it('is that of its quotes, too, where a source repeats them', () => {
    const arrivals = withArrival(null, chain(), 0);
    const of = (afterMs: number, changes = {}) =>
      freshnessOf(chain(changes), arrivals, { now: 0, serverNow: serverNow(afterMs) });
    expect(of(59_000)).toBe('fresh');
    expect(of(61_000)).toBe('old');
    expect(of(61_000, { quotes_as_of: null })).toBe('fresh');
    expect(of(0, { quality: ['stale'] })).toBe('old');
  });

  it('is not that of the clock for a recording, and none without a chain', () => {
    const arrivals = withArrival(null, chain(), 0);
    expect(freshnessOf(chain(), arrivals, { now: 0, serverNow: null })).toBe('fresh');
    expect(freshnessOf(null, arrivals, { now: 0, serverNow: null })).toBe('none');
  });
});
