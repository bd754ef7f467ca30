import type { RequestOf, ResponseOf, RouteName, Routes } from '@deltastream/client';
import { type QueryOptions, useMarketQuery } from '../../market/figures/use-market-query.ts';
import { useMarketView, useShownChain } from '../../market/view/market-view.tsx';

interface OfChain {
  readonly product: string;
  readonly expiry: string;
}
/** Routes whose response is of one chain. */
export type ChainRoute = {
  [N in RouteName]: ResponseOf<Routes[N]> extends OfChain ? N : never;
}[RouteName];

/** What a panel that shows one response hands to `Panel`. */
interface PanelStates {
  readonly pending: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
  readonly stale: string | null;
  readonly empty: string | null;
}

/**
 * A response about the chain that is shown, and the states of its panel. Null as request asks for nothing yet. What is
 * of the chain shown before is not shown under the name of this one.
 */
export function usePanelQuery<N extends ChainRoute>(
  name: N,
  request: Omit<RequestOf<Routes[N]>, 'at' | 'product' | 'expiry'> | null,
  options?: QueryOptions,
): { readonly data: ResponseOf<Routes[N]> | null; readonly states: PanelStates } {
  const shown = useShownChain();
  const { product, expiries } = useMarketView();
  const asked = shown && request && ({ ...request, ...shown } as RequestOf<Routes[N]> & object);
  const query = useMarketQuery(name, asked, options);
  const { data: given, error, refetch, isPlaceholderData } = query;
  const data = given && isOf(given as unknown as OfChain, shown) ? given : null;
  const noChain = product !== null && expiries.length === 0;
  return {
    data,
    states: {
      pending: data === null && !noChain,
      error,
      retry: () => void refetch(),
      stale: staleText(data !== null, isPlaceholderData, error),
      empty: noChain ? `No option chain of ${product.product} is stored yet.` : null,
    },
  };
}

/** What a panel says of figures that are not those that were asked for. */
export function staleText(shown: boolean, isPlaceholder: boolean, error: Error | null): string | null {
  if (!shown) return null;
  if (isPlaceholder) return 'loading';
  return error === null ? null : 'not refreshed';
}

const isOf = (response: OfChain, shown: OfChain | null): boolean =>
  response.product === shown?.product && response.expiry === shown.expiry;
