import {
  BUILDUPS,
  column,
  createColumns,
  type EnrichedChain,
  type EnrichedTick,
  emptySummary,
} from '@deltastream/contracts';

const AT = Date.UTC(2026, 7, 19, 5, 57);
const EMPTY_SUMMARY = emptySummary({ rate_source: 'constant', year_fraction: 0.02 });

/** A hand-made tick for tests. */
export function enrichedTick(product: string, seq: number, given: Partial<EnrichedTick> = {}): EnrichedTick {
  return {
    product,
    timestamp: AT + seq * 1000,
    epoch: 'e1',
    seq,
    source: 'synthetic',
    currency: 'INR',
    price: 100 + seq,
    previous_close: 100,
    change: seq,
    change_pct: seq,
    quality: [],
    bars: [],
    ...given,
  };
}

/** A hand-made chain of `strikes` strikes around 100 for tests; `seq` shows in every open interest. */
export function enrichedChain(
  product: string,
  expiry: string,
  seq: number,
  given: Partial<EnrichedChain> = {},
  strikes = 3,
): EnrichedChain {
  const columns = createColumns(strikes, 'enriched');
  for (let i = 0; i < strikes; i++) {
    column(columns, 'strike')[i] = 90 + i * 10;
    for (const side of ['call', 'put'] as const) {
      column(columns, `${side}_last`)[i] = 5 + i;
      column(columns, `${side}_open_interest`)[i] = 1000 + seq;
      column(columns, `${side}_iv`)[i] = 0.2;
      column(columns, `${side}_iv_status`)[i] = 0;
      column(columns, `${side}_buildup`)[i] = BUILDUPS.indexOf('long_buildup');
    }
  }
  return {
    product,
    expiry,
    expiry_at: Date.parse(`${expiry}T10:00:00Z`),
    timestamp: AT + seq * 1000,
    epoch: 'e1',
    seq,
    source: 'synthetic',
    currency: 'INR',
    spot: 100,
    future: null,
    lot_size: 75,
    price_tick: 0.05,
    quality: [],
    summary: { ...EMPTY_SUMMARY, spot_price: 100, forward: 100, strike_count: strikes },
    columns,
    ...given,
  };
}
