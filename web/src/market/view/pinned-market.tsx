import { type ReactNode, useMemo } from 'react';
import { instantOf, replayOf } from '../status/replay-text.ts';
import { useMarketStatus } from '../status/use-market-status.ts';
import {
  chainShown,
  type MarketView,
  MarketViewContext,
  useExpiries,
  useMarketView,
} from './market-view.tsx';
import type { Pin } from './pin.ts';

const NONE: ReadonlySet<string> = new Set();

/** The market as a pinned panel sees it: its own product and expiry at the instant of the page. */
export function PinnedMarket({ pin, children }: { readonly pin: Pin; readonly children: ReactNode }) {
  const page = useMarketView();
  const product = page.products.find((each) => each.product === pin.product) ?? null;
  // A product that is not here has none, and the server says so with an error.
  const { stored, failed } = useExpiries(product?.product ?? null);
  const replayedAt = instantOf(replayOf(useMarketStatus(), pin.product));
  const view = useMemo(
    (): MarketView => ({
      ...chainShown({ ...pin, at: page.at }, product, {
        ...{ products: page.products, traded: NONE, stored, replayedAt },
      }),
      products: page.products,
      loading: page.loading,
      product,
      failed: page.failed || failed,
      pin,
    }),
    [page, product, pin, stored, failed, replayedAt],
  );
  return <MarketViewContext value={view}>{children}</MarketViewContext>;
}
