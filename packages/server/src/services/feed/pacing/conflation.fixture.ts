import { createColumns, type RawChain } from '@deltastream/contracts';

/** A chain without quotes: what matters is whose it is. */
export const chainOf = (product: string, seq: number): RawChain => ({
  product,
  expiry: '2026-08-25',
  expiry_at: 0,
  timestamp: seq,
  epoch: 'fixture',
  seq,
  source: 'fixture',
  currency: 'INR',
  spot: null,
  future: null,
  lot_size: null,
  price_tick: null,
  quality: [],
  columns: createColumns(0, 'raw'),
});
