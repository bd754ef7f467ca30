import Type, { type Static } from 'typebox';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { Bar } from './bars/bar.ts';
import { Dataset, EpochMs, Generation, Numbered, ProductSymbol, QualityFlag } from './chain.ts';

/** A price of an underlying at an instant. `seq`, `epoch`, `generation` and `dataset` as in ChainHeader. */
export const UnderlyingTick = Type.Object({
  product: ProductSymbol,
  timestamp: EpochMs,
  ...Numbered,
  source: Type.String({ minLength: 1, maxLength: 200 }),
  currency: Type.String({ minLength: 3, maxLength: 8 }),
  price: Type.Number({ exclusiveMinimum: 0 }),
  previous_close: nullable(Type.Number({ exclusiveMinimum: 0 })),
  quality: Type.Array(QualityFlag),
  generation: Type.Optional(Generation),
  dataset: Type.Optional(Dataset),
});
export type UnderlyingTick = Static<typeof UnderlyingTick>;

/** A tick as it leaves the enricher: change against the previous close, and its part of every stored bar. */
export const EnrichedTick = Type.Object({
  ...UnderlyingTick.properties,
  change: NullableNumber,
  change_pct: nullable(Type.Number({ description: 'Percent of the previous close' })),
  bars: Type.Array(Bar),
});
export type EnrichedTick = Static<typeof EnrichedTick>;
