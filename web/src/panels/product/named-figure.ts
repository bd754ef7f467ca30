import { PRODUCT_FIGURES, type ProductFigureName } from '@deltastream/client';
import { type Format, meaning } from '../../format/format.ts';

/** What every panel calls a figure of a product, how it is read, and what it means. */
export function named(name: ProductFigureName, format: Format) {
  const figure = PRODUCT_FIGURES[name];
  return { title: figure.title, meaning: meaning(figure), format: format.figure[figure.format] };
}
