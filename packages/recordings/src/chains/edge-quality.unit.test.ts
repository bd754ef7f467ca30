import { column, createColumns } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { createEdgeQuality } from './edge-quality.ts';
import type { ChainReading } from './reading.ts';

const NOON = Date.parse('2026-08-19T06:30:00Z');
const MINUTE = 60_000;

function chain(over: {
  at?: number;
  expiry?: string;
  strikes?: number;
  volume?: number;
  last?: number;
  spot?: number;
  basis?: 'session' | 'rolling';
}): ChainReading {
  const { at = NOON, expiry = '2026-08-25', strikes = 10, volume = 100, last = 5, spot = 24_000 } = over;
  const columns = createColumns(strikes, 'raw');
  column(columns, 'strike').set(Array.from({ length: strikes }, (_, i) => 23_000 + i * 50));
  column(columns, 'call_volume').fill(volume);
  column(columns, 'call_last').fill(last);
  return {
    kind: 'chain',
    exchange: 'NSE',
    volume: over.basis ?? 'session',
    chain: {
      product: 'NIFTY',
      expiry,
      expiry_at: Date.parse(`${expiry}T10:00:00Z`),
      timestamp: at,
      currency: 'INR',
      spot,
      future: null,
      lot_size: 65,
      price_tick: 0.05,
      quality: [],
      columns,
    },
  };
}

const flagsOf = (...readings: ChainReading[]) => {
  const quality = createEdgeQuality();
  return readings.map(quality);
};

describe('frozen', () => {
  test('a repeated page, and one repeated after others', () => {
    const flags = flagsOf(
      chain({}),
      chain({ at: NOON + MINUTE }),
      chain({ at: NOON + 2 * MINUTE, last: 6 }),
      chain({ at: NOON + 3 * MINUTE }),
    );
    expect(flags).toEqual([[], ['frozen'], [], ['frozen']]);
  });

  test('not when only the spot moved, nor when another expiry has the same quotes', () => {
    expect(flagsOf(chain({}), chain({ spot: 24_001 }), chain({ expiry: '2026-09-01' }))).toEqual([
      [],
      [],
      [],
    ]);
  });
});

describe('partial', () => {
  test.each([
    [10, 8, []],
    [10, 7, ['partial']],
    [100, 79, ['partial']],
    [100, 80, []],
  ])('%d then %d strikes', (before, after, expected) => {
    expect(flagsOf(chain({ strikes: before }), chain({ strikes: after, last: 6 }))[1]).toEqual(expected);
  });

  test('is said once: the next is compared with the partial one', () => {
    const flags = flagsOf(chain({}), chain({ strikes: 5, last: 6 }), chain({ strikes: 5, last: 7 }));
    expect(flags).toEqual([[], ['partial'], []]);
  });
});

describe('volume_regressed', () => {
  test('when a contract’s volume falls within a session', () => {
    expect(flagsOf(chain({}), chain({ volume: 99 }))[1]).toEqual(['volume_regressed']);
    expect(flagsOf(chain({}), chain({ volume: 101 }))[1]).toEqual([]);
  });

  test('only between contracts that both have', () => {
    expect(flagsOf(chain({ strikes: 10 }), chain({ strikes: 9, volume: 200 }))[1]).toEqual([]);
  });

  test('not over a new session, but before its opening', () => {
    const nextMorning = Date.parse('2026-08-20T03:44:00Z');
    expect(flagsOf(chain({}), chain({ at: nextMorning, volume: 99 }))[1]).toEqual(['volume_regressed']);
    expect(flagsOf(chain({}), chain({ at: nextMorning + MINUTE, volume: 0 }))[1]).toEqual([]);
  });

  test('not for a volume over the last 24 hours', () => {
    expect(flagsOf(chain({ basis: 'rolling' }), chain({ basis: 'rolling', volume: 99 }))[1]).toEqual([]);
  });
});

test('the flags a chain brings stay', () => {
  const reading = chain({});
  const quality = createEdgeQuality()({ ...reading, chain: { ...reading.chain, quality: ['lot_inferred'] } });
  expect(quality).toEqual(['lot_inferred']);
});

test('products without an entry are flagged by the calendar and the closing auction of their exchange', () => {
  const stock = (at: string, expiry: string) => {
    const reading = chain({ at: Date.parse(at), expiry });
    return createEdgeQuality()({ ...reading, chain: { ...reading.chain, product: 'RELIANCE' } });
  };
  expect(stock('2026-12-28T11:00:00+05:30', '2027-01-28')).toEqual(['calendar_unknown']);
  expect(stock('2026-08-19T15:20:00+05:30', '2026-08-25')).toEqual(['spot_frozen']);
  expect(stock('2026-08-19T15:10:00+05:30', '2026-08-25')).toEqual([]);
});
