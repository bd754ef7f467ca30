import { CHAIN_FIGURES, HISTORY_FIGURES } from '@deltastream/contracts/figures';
import { PRODUCT_FIGURE_NAMES, PRODUCT_FIGURES } from '@deltastream/contracts/product-figures';

/** Figures of one kind of series: of the chains of an expiry, or of a product. */
export interface FigureKind {
  /** Ids under which roll-ups keep them, in the order in which rows have their values. */
  readonly ids: readonly number[];
}

/** What rows of figures of products have besides, under ids that no figure takes. */
const AS_OF_ID = 65_535;
const PROGRESS_ID = 65_534;

export const CHAIN_KIND: FigureKind = { ids: HISTORY_FIGURES.map((name) => CHAIN_FIGURES[name].id) };
export const PRODUCT_KIND: FigureKind = {
  ids: [AS_OF_ID, PROGRESS_ID, ...PRODUCT_FIGURE_NAMES.map((name) => PRODUCT_FIGURES[name].id)],
};

/** The name of the series of a chain; that of a product is the product. */
export const chainSeries = (product: string, expiry: string): string => `${product} ${expiry}`;

/** Product and expiry of the series of a chain; null for that of a product, whose symbol has no space. */
export function chainOfSeries(series: string): { readonly product: string; readonly expiry: string } | null {
  const space = series.lastIndexOf(' ');
  return space < 0 ? null : { product: series.slice(0, space), expiry: series.slice(space + 1) };
}
