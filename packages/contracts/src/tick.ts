import Type, { type Static } from 'typebox';
import { Dataset, EpochMs, Generation, ProductSymbol, QualityFlag } from './chain.ts';
import { nullable } from './nullable.ts';

/** A price of an underlying at an instant. `seq`, `epoch`, `generation` and `dataset` as in ChainHeader. */
export const UnderlyingTick = Type.Object({
  product: ProductSymbol,
  timestamp: EpochMs,
  epoch: Type.String({ minLength: 1, maxLength: 64 }),
  seq: Type.Integer({ minimum: 0 }),
  source: Type.String({ minLength: 1, maxLength: 200 }),
  currency: Type.String({ minLength: 3, maxLength: 8 }),
  price: Type.Number({ exclusiveMinimum: 0 }),
  previous_close: nullable(Type.Number({ exclusiveMinimum: 0 })),
  quality: Type.Array(QualityFlag),
  generation: Type.Optional(Generation),
  dataset: Type.Optional(Dataset),
});
export type UnderlyingTick = Static<typeof UnderlyingTick>;

/** Bar lengths that are computed live and stored; longer ones are rolled up from these. */
export const STORED_INTERVALS = ['1m', '5m', '15m'] as const;
export const BAR_INTERVALS = [...STORED_INTERVALS, '1h', '1d'] as const;

const MINUTE_MS = 60_000;

export const INTERVAL_MS: Readonly<Record<(typeof BAR_INTERVALS)[number], number>> = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '1d': 24 * 60 * MINUTE_MS,
};

export type StoredInterval = (typeof STORED_INTERVALS)[number];
export type BarInterval = (typeof BAR_INTERVALS)[number];

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

/** Merges two parts of the same bar: associative, commutative and idempotent. */
export function mergeBars(a: Bar, b: Bar): Bar {
  const open = before(a.open_at, a.open, b.open_at, b.open) ? a : b;
  const close = before(a.close_at, a.close, b.close_at, b.close) ? b : a;
  return {
    product: a.product,
    interval: a.interval,
    start: a.start,
    open_at: open.open_at,
    open: open.open,
    high: Math.max(a.high, b.high),
    low: Math.min(a.low, b.low),
    close_at: close.close_at,
    close: close.close,
  };
}

function before(aAt: number, aPrice: number, bAt: number, bPrice: number): boolean {
  return aAt < bAt || (aAt === bAt && aPrice <= bPrice);
}

/** A tick as it leaves the enricher: change against the previous close, and its part of every stored bar. */
export const EnrichedTick = Type.Object({
  ...UnderlyingTick.properties,
  change: nullable(Type.Number()),
  change_pct: nullable(Type.Number({ description: 'Percent of the previous close' })),
  bars: Type.Array(Bar),
});
export type EnrichedTick = Static<typeof EnrichedTick>;
