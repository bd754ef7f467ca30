import type { Side } from './columns.ts';

/** What a delta may change of a contract. `price` and `price_source` follow from the quotes. */
export const DELTA_FIELDS = [
  'bid',
  'ask',
  'last_price',
  'mark_price',
  'bid_size',
  'ask_size',
  'volume',
  'open_interest',
  'open_interest_change',
  'previous_close',
  'iv',
  'iv_status',
  'delta',
  'gamma',
  'theta',
  'vega',
  'rho',
  'buildup',
] as const;
export type DeltaField = (typeof DELTA_FIELDS)[number];
export type DeltaColumn = `${Side}_${DeltaField}`;
