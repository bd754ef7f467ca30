import Type, { type Static } from 'typebox';
import { EpochMs, ProductSymbol } from '../chain.ts';
import { BAR_INTERVALS } from './bar-intervals.ts';

/**
 * OHLC of a product over one interval, or a part of it: bars of the same product, interval and start
 * merge in any order and any number of times to the same bar (open = price at the earliest
 * [timestamp, price], close = at the latest).
 */
export const Bar = Type.Object({
  product: ProductSymbol,
  interval: Type.Enum([...BAR_INTERVALS]),
  start: EpochMs,
  open_at: EpochMs,
  open: Type.Number(),
  high: Type.Number(),
  low: Type.Number(),
  close_at: EpochMs,
  close: Type.Number(),
});
export type Bar = Static<typeof Bar>;
