import {
  type ChainSummary,
  type ColumnName,
  column,
  createColumns,
  type EnrichedChain,
} from '@deltastream/contracts';

const SUMMARY: ChainSummary = {
  spot_price: 100,
  forward: 100,
  forward_source: 'parity',
  rate: 0,
  year_fraction: 0.02,
  atm_strike: 100,
  atm_iv: 0.2,
  atm_straddle_price: 8,
  expected_move: 3,
  pcr_oi: 1,
  pcr_volume: null,
  pcr_oi_change: null,
  max_pain_strike: null,
  max_pain_ties: [],
  total_call_oi: 10,
  total_put_oi: 10,
  total_call_volume: null,
  total_put_volume: null,
  support_strike: null,
  resistance_strike: null,
  support_oi_change_strike: null,
  resistance_oi_change_strike: null,
  strike_count: 0,
  null_reasons: {},
};

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
