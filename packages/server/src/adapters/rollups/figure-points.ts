import {
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigureValues,
} from '@deltastream/contracts/product-figures';
import type {
  FigurePoint,
  ProductFigurePoint,
  StoredProductFigures,
} from '../../ports/stores/market/market-store.ts';
import type { Cells } from './merge-figures.ts';

/** What a row of the figures of a product has after its time, by its place; see PRODUCT_KIND. */
export const PRODUCT_NAMES = ['as_of', 'progress', ...PRODUCT_FIGURE_NAMES] as const;

const named = <Name extends string>(names: readonly Name[], values: Cells): Record<Name, number | null> =>
  Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<Name, number | null>;

/** A row of the time and these figures, as the port has it. */
export const figurePoint = <Figure extends string>(
  [timestamp, ...values]: Cells,
  figures: readonly Figure[],
): FigurePoint<Figure> =>
  ({ timestamp: Number(timestamp), ...named(figures, values) }) as FigurePoint<Figure>;

/** A row of all figures of a product. */
export const productFigures = (
  product: string,
  [timestamp, as_of, progress, ...values]: Cells,
): StoredProductFigures => ({
  product,
  timestamp: Number(timestamp),
  as_of: Number(as_of),
  progress: Number(progress),
  values: named(PRODUCT_FIGURE_NAMES, values) as ProductFigureValues,
});

/** Places of what a point of these figures of a product is made of. */
export const productPlaces = (figures: readonly ProductFigureName[]): number[] =>
  ['as_of' as const, ...figures].map((name) => PRODUCT_NAMES.indexOf(name));

/** A row of the time and what those places have. */
export const productPoint = <Figure extends ProductFigureName>(
  [timestamp, as_of, ...values]: Cells,
  figures: readonly Figure[],
): ProductFigurePoint<Figure> => ({
  timestamp: Number(timestamp),
  as_of: Number(as_of),
  values: named(figures, values),
});
