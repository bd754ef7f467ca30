import { type Bar, column, createColumns, type EnrichedChain, emptySummary } from '@deltastream/contracts';
import type { StoredTick } from './market-store.ts';

export const NOON = Date.UTC(2026, 7, 19, 12);
export const MINUTE_MS = 60_000;
export const EXPIRY = '2026-08-25';

const NO_FIGURES = emptySummary({ rate_source: 'constant', year_fraction: 0.0164 });

/** A chain of three strikes, of which the last lists no put; `seq` shows in its open interest. */
export function storableChain(given: Partial<EnrichedChain> = {}): EnrichedChain {
  const seq = given.seq ?? 1;
  const columns = createColumns(3, 'enriched');
  column(columns, 'strike').set([24_000, 24_050, 24_100]);
  column(columns, 'call_last').set([120.05, 95.5, 70]);
  column(columns, 'put_last').set([80, 101.15, Number.NaN]);
  column(columns, 'call_open_interest').set([seq, 2 * seq, 3 * seq]);
  column(columns, 'call_iv').set([0.1 + 0.2, 0.12345, Number.NaN]);
  return {
    product: 'NIFTY',
    expiry: EXPIRY,
    expiry_at: Date.UTC(2026, 7, 25, 10, 10),
    timestamp: NOON,
    epoch: 'run-1',
    seq,
    source: 'contract',
    currency: 'INR',
    spot: 24_012.35,
    future: null,
    lot_size: 65,
    price_tick: 0.05,
    quality: ['partial'],
    summary: {
      ...NO_FIGURES,
      spot_price: 24_012.35,
      pcr_oi: seq / 7,
      strike_count: 3,
      null_reasons: { atm_iv: 'no_forward' },
    },
    columns,
    ...given,
  };
}

/** Contracts of `storableChain` that were quoted. */
export const QUOTES_OF_CHAIN = 5;

/** A tick for tests. */
export function tickAt(timestamp: number, given: Partial<StoredTick> = {}): StoredTick {
  return {
    product: 'NIFTY',
    timestamp,
    epoch: 'run-1',
    seq: 1,
    source: 'contract',
    currency: 'INR',
    price: 24_012.35,
    previousClose: 23_950,
    ...given,
  };
}

/** The bar of one price for tests. */
export function barAt(at: number, price: number, given: Partial<Bar> = {}): Bar {
  const start = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return {
    product: 'NIFTY',
    interval: '1m',
    start,
    open_at: at,
    open: price,
    high: price,
    low: price,
    close_at: at,
    close: price,
    ...given,
  };
}
