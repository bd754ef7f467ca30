import type { RequestOf, ResponseOf, RouteName, Routes } from '@deltastream/client';
import { type QueryOptions, useMarketQuery } from '../../market/figures/use-market-query.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { staleText } from './use-panel-query.ts';

interface OfProduct {
  readonly product: string;
}
/** Routes whose response is of one product. */
type ProductRoute = {
  [N in RouteName]: ResponseOf<Routes[N]> extends OfProduct ? N : never;
}[RouteName];

/**
 * A response about the product that is shown, and the states of its panel. What is of the product shown before is not
 * shown under the name of this one.
 */
export function useProductQuery<N extends ProductRoute>(
  name: N,
  request: Omit<RequestOf<Routes[N]>, 'at' | 'product'>,
  options?: QueryOptions,
) {
  const { product } = useMarketView();
  const symbol = product?.product;
  const asked = symbol ? ({ ...request, product: symbol } as RequestOf<Routes[N]> & object) : null;
  const { data: given, error, refetch, isPlaceholderData } = useMarketQuery(name, asked, options);
  const data = given && (given as unknown as OfProduct).product === symbol ? given : null;
  return {
    data,
    /** It is of another request than this one, which still loads. */
    isPlaceholder: isPlaceholderData,
    states: {
      pending: data === null,
      error,
      retry: () => void refetch(),
      stale: staleText(data !== null, isPlaceholderData, error),
    },
  };
}
