import Type, { type Static } from 'typebox';
import { PRODUCT_FIGURES, type ProductFigureValues } from '../figures/product-figures.ts';
import { figureProperties } from '../figures/schema.ts';
import { NullableNumber, NullReasons } from '../schemas/nullable.ts';
import { Dataset, EpochMs, ExpiryDate, ProductSymbol } from './chain.ts';
import { IsoTime } from './views.ts';

/**
 * The figures of a product as they are on the bus: `values` by the id of the figure. A list that is shorter than the
 * catalogue is of a release that had fewer, one that is longer of a release that has more.
 */
export const ProductFiguresRecord = Type.Object({
  product: ProductSymbol,
  timestamp: EpochMs,
  as_of: EpochMs,
  progress: Type.Number({ minimum: 0 }),
  expiries: Type.Array(ExpiryDate),
  outdated_expiries: Type.Optional(Type.Array(ExpiryDate)),
  exposure_expiries: Type.Array(ExpiryDate),
  values: Type.Array(NullableNumber),
  null_reasons: NullReasons,
  dataset: Type.Optional(Dataset),
});
export type ProductFiguresRecord = Static<typeof ProductFiguresRecord>;

/** The figures of a product, from the newest chain of every unexpired expiry and the sessions before. */
export interface ProductFigures {
  readonly product: string;
  /** Of the newest chain, and of the oldest one that was used. */
  readonly timestamp: number;
  readonly as_of: number;
  /**
   * Sum of the instants of the chains that were used. It rises with every chain that comes, so that of two that have one
   * timestamp the greater one is of more, or later, chains.
   */
  readonly progress: number;
  readonly expiries: readonly string[];
  /** As in the view. Missing in what was published by a release that used every unexpired expiry. */
  readonly outdated_expiries?: readonly string[];
  /** Those that the total exposures are of. */
  readonly exposure_expiries: readonly string[];
  readonly values: ProductFigureValues;
  /** Why a figure is null, by its name. */
  readonly null_reasons: Readonly<Record<string, string>>;
  /** As in ChainHeader: that of the chains. */
  readonly dataset?: string;
}

export const OutdatedExpiries = Type.Array(ExpiryDate, {
  description:
    'Unexpired expiries that are not used: their newest chain is further behind that of the product than `--analytics-max-expiry-lag-ms`',
});

/**
 * The figures of a product as of its newest chain. A figure that cannot be computed is null and named in `null_reasons`.
 */
export const ProductFiguresView = Type.Object({
  product: ProductSymbol,
  timestamp: IsoTime,
  as_of: Type.String({
    format: 'date-time',
    description: 'Instant of the oldest chain that was used; `timestamp` is that of the newest',
  }),
  expiries: Type.Array(ExpiryDate, { description: 'Unexpired expiries whose chains were used' }),
  outdated_expiries: OutdatedExpiries,
  exposure_expiries: Type.Array(ExpiryDate, { description: 'Those that the total exposures are of' }),
  ...figureProperties(PRODUCT_FIGURES),
  null_reasons: NullReasons,
});
export type ProductFiguresView = Static<typeof ProductFiguresView>;
