import { MAX_WATCHDOGS } from '@deltastream/contracts';
import { type MarketReport, venueReport } from '@deltastream/venues';
import { describe, expect, it } from 'vitest';
import { publicReason, venueProblem, venueVitals } from './venue-vitals.ts';

const report = (
  state: 'live' | 'connecting' | 'mute',
  forMs: number,
  reason: string | null = null,
  watchdogs: MarketReport['watchdogs'] = [],
): MarketReport => ({
  ...venueReport(
    'deribit',
    [
      {
        ...{ name: 'deribit 1', kind: 'socket', state, forMs, reason, instruments: 3, confirmed: 2 },
        counts: { connects: 1, stalls: 0, messages: 5, quotes: 4, rejected: 0, gaps: 0, askedAgain: 0 },
      },
    ],
    { listed: 9, leftOut: 0 },
  ),
  watchdogs,
});

describe('what is told of venues', () => {
  it.each([
    ['fetch failed: connect ECONNREFUSED 10.0.0.5:8443', 'fetch failed: connect ECONNREFUSED the venue'],
    ['connect ECONNREFUSED ::1:8443', 'connect ECONNREFUSED the venue'],
    ['GET https://proxy.internal:3128/api answered 502', 'GET the venue answered 502'],
    ["the file '/etc/keys/kite.token' cannot be read (ENOENT)", "the file 'a file' cannot be read (ENOENT)"],
    ['closed with code 1006', 'closed with code 1006'],
    ['no quote came for 1500 ms', 'no quote came for 1500 ms'],
    ['calls and/or puts at 09:15', 'calls and/or puts at 09:15'],
  ])('to others than the operator: %s', (reason, told) => {
    expect(publicReason(reason)).toBe(told);
  });

  it('is state, since when and why', () => {
    expect(venueVitals([report('mute', 500, 'x'.repeat(1_000))])).toEqual([
      { venue: 'deribit', state: 'mute', for_ms: 500, reason: 'x'.repeat(300), watchdogs: [] },
    ]);
  });

  it('is what is wrong with quotes although it is live, the longest first and a bounded number', () => {
    const dogs = Array.from({ length: MAX_WATCHDOGS + 1 }, (_, i) => ({
      ...{ kind: 'stall' as const, product: `P${i}`, forMs: i, detail: 'd'.repeat(1_000) },
    }));
    const [{ watchdogs }] = venueVitals([report('live', 500, null, dogs)]);
    expect(watchdogs).toHaveLength(MAX_WATCHDOGS);
    expect(watchdogs?.[0]).toEqual({
      ...{ kind: 'stall', product: `P${MAX_WATCHDOGS}`, for_ms: MAX_WATCHDOGS, detail: 'd'.repeat(300) },
    });
  });

  it('is a problem once one is not live, but for the time in which it connects', () => {
    expect(venueProblem([report('live', 0), report('connecting', 900)], 1_000)).toBeNull();
    expect(venueProblem([report('connecting', 1_100)], 1_000)).toEqual({
      reason: 'deribit is connecting',
      ready: false,
    });
  });

  it('leaves the feed ready while another venue is live', () => {
    const mute = report('mute', 1, 'no quote came');
    const reason = 'deribit is mute: no quote came';
    expect(venueProblem([report('live', 0), mute], 1_000)).toEqual({ reason, ready: true });
    expect(venueProblem([mute], 1_000)).toEqual({ reason, ready: false });
    expect(venueProblem([report('connecting', 0), mute], 1_000)).toEqual({ reason, ready: false });
  });
});
