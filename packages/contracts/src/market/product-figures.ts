import Type, { type Static } from 'typebox';
import { PRODUCT_FIGURES } from '../figures/product-figures.ts';
import { figureProperties } from '../figures/schema.ts';
import { ExpiryDate, ProductSymbol } from './chain.ts';
import { IsoTime } from './views.ts';

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
  exposure_expiries: Type.Array(ExpiryDate, { description: 'Those that the total exposures are of' }),
  ...figureProperties(PRODUCT_FIGURES),
  null_reasons: Type.Record(Type.String(), Type.String(), {
    description: 'Why a figure is null, by the name of the figure',
  }),
});
export type ProductFiguresView = Static<typeof ProductFiguresView>;
