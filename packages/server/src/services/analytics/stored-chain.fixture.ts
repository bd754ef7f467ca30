import {
  type ChainSummary,
  type ColumnName,
  column,
  createColumns,
  type EnrichedChain,
  emptySummary,
} from '@deltastream/contracts';

const SUMMARY = emptySummary({
  spot_price: 100,
  forward: 100,
  forward_source: 'parity',
  rate_source: 'constant',
  year_fraction: 0.02,
  atm_strike: 100,
  atm_iv: 0.2,
  atm_straddle_price: 8,
  expected_move: 3,
  pcr_oi: 1,
  total_call_oi: 10,
  total_put_oi: 10,
});

/** A hand-made stored chain for tests: the columns given, every other cell NaN. */
export function chainOf(
  product: string,
  expiry: string,
  timestamp: number,
  cells: Partial<Record<ColumnName, number[]>>,
  summary: Partial<ChainSummary> = {},
): EnrichedChain {
  const count = cells.strike?.length ?? 0;
  const columns = createColumns(count, 'enriched');
  for (const [name, values] of Object.entries(cells)) column(columns, name as ColumnName).set(values);
  return {
    product,
    expiry,
    expiry_at: Date.parse(`${expiry}T10:00:00Z`),
    timestamp,
    epoch: 'e1',
    seq: timestamp,
    source: 'synthetic',
    currency: 'INR',
    spot: 100,
    future: null,
    lot_size: 75,
    price_tick: 0.05,
    quality: [],
    summary: { ...SUMMARY, strike_count: count, ...summary },
    columns,
  };
}
