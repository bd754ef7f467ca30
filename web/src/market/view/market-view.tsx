import type { ResponseOf, Routes } from '@deltastream/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useMemo, useRef } from 'react';
import { usePlatform } from '../../platform/platform.tsx';
import type { Address } from '../address/address.ts';
import { useAddress } from '../address/use-address.ts';
import { OF_MARKET } from '../figures/of-market.ts';
import { instantOf, replayOf } from '../status/replay-text.ts';
import {
  MarketStatusContext,
  useConnectionState,
  useToldStatus,
  useTraded,
} from '../status/use-market-status.ts';
import { nearestExpiry, untilNextExpiry } from './nearest-expiry.ts';
import { listedAt, type NotHere, notHere } from './not-here.ts';
import type { Pin } from './pin.ts';
import { rememberProduct } from './recent-products.ts';
import { useDefaultProduct } from './use-default-product.ts';

export type Product = ResponseOf<Routes['listProducts']>['products'][number];
export type Expiry = ResponseOf<Routes['listExpiries']>['expiries'][number];

/** What every panel shows: one product, one expiry, live or as of one instant. */
export interface MarketView {
  readonly products: readonly Product[];
  /** Which products there are is not known yet. */
  readonly loading: boolean;
  /** Null until the first product is known, and where the address names one that is not here. */
  readonly product: Product | null;
  /** Expiries that are listed at the instant shown, the nearest first. */
  readonly expiries: readonly Expiry[];
  /** Expiries with a stored chain, whether they are listed at that instant or not. */
  readonly stored: readonly Expiry[];
  /** `2026-12-01`; null until the product has a chain, and where the address names one that is not listed. */
  readonly expiry: string | null;
  /** What the address names and there is not. */
  readonly missing: NotHere | null;
  /** The instant that the address names, ISO-8601; null is live, or what the server replays. */
  readonly at: string | null;
  /** The instant whose stored figures belong to what is shown: `at`, else that of a replay; null is live. */
  readonly storedAt: string | null;
  /** Stored data cannot be read. */
  readonly failed: boolean;
  /** Of a panel that shows this whatever the page shows; null for what follows the page. */
  readonly pin: Pin | null;
}

export const MarketViewContext = createContext<MarketView | null>(null);

const REFRESH_LISTS_MS = 30_000; // Products and expiries change by the day.
/** First pause while a feed has just started and lists are known to lack something; each further one is twice as long. */
const REFRESH_SOON_MS = 500;

export function MarketViewProvider({ children }: { readonly children: ReactNode }) {
  const { client } = usePlatform();
  const [address] = useAddress();
  const status = useToldStatus();
  const traded = useTraded();

  const products = useQuery({
    queryKey: ['listProducts', [...traded].sort()],
    meta: OF_MARKET,
    queryFn: ({ signal }) => client.listProducts({}, { signal }),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) =>
      refreshAfterMs(isComplete(state.data?.products ?? [], traded), triesOf(state)),
  });
  const listed = products.data?.products ?? [];
  const named = listed.find((each) => each.product === address.product) ?? null;
  const symbols = listed.map((each) => each.product);
  const isFree = address.product === null;
  const byDefault = useDefaultProduct(symbols, isFree && isComplete(listed, traded));
  const product = isFree ? (listed.find((each) => each.product === byDefault) ?? null) : named;
  const chosen = named?.product;
  useEffect(() => {
    if (chosen !== undefined) rememberProduct(chosen);
  }, [chosen]);

  const expiries = useExpiries(product?.product ?? null);
  useRefetchOnReturn();
  const { stored, failed } = expiries;
  const replayedAt = instantOf(replayOf(status, product?.product ?? null));

  const view = useMemo(
    (): MarketView => ({
      ...chainShown(address, product, { products: listed, traded, stored, replayedAt }),
      products: listed,
      loading: products.isPending,
      product,
      failed: products.isError || failed,
      pin: null,
    }),
    [listed, traded, product, stored, replayedAt, address, products.isPending, products.isError, failed],
  );
  return (
    <MarketStatusContext value={status}>
      <MarketViewContext value={view}>{children}</MarketViewContext>
    </MarketStatusContext>
  );
}

/** Which chain of a product an address names, and what it names that there is not. */
export function chainShown(
  address: Address,
  product: Product | null,
  known: Pick<MarketView, 'products' | 'stored'> & {
    readonly traded: ReadonlySet<string>;
    /** The instant at which the server replays the product; null while it does not. */
    readonly replayedAt: string | null;
  },
): Pick<MarketView, 'expiries' | 'stored' | 'expiry' | 'missing' | 'at' | 'storedAt'> {
  const { traded, stored } = known;
  const storedAt = address.at ?? known.replayedAt;
  const expiries = listedAt(stored, storedAt);
  const named = expiries.find((each) => each.expiry === address.expiry)?.expiry ?? null;
  const products = known.products.map((each) => each.product);
  return {
    expiries,
    stored,
    expiry: address.expiry === null ? nearestExpiry(expiries, storedAt) : named,
    missing: notHere(address, product?.product ?? null, { products, traded, stored, listed: expiries }),
    at: address.at,
    storedAt,
  };
}

const NO_EXPIRIES: readonly Expiry[] = [];

/** Every expiry of a product with a stored chain, read anew as the next one passes; null as product has none. */
export function useExpiries(product: string | null): {
  readonly stored: readonly Expiry[];
  readonly failed: boolean;
} {
  const { client } = usePlatform();
  const expiries = useQuery({
    queryKey: ['listExpiries', product],
    meta: OF_MARKET,
    queryFn: ({ signal }) => client.listExpiries({ product: product ?? '' }, { signal }),
    enabled: product !== null,
    refetchInterval: ({ state }) =>
      state.data?.count
        ? untilNextExpiry(state.data.expiries, Date.now())
        : refreshAfterMs(false, triesOf(state)),
  });
  return { stored: expiries.data?.expiries ?? NO_EXPIRIES, failed: expiries.isError };
}

/**
 * Asks for what is of the market anew when the server is back: it may have other data by then. What failed before the
 * first connection need not wait for its next turn either.
 */
function useRefetchOnReturn(): void {
  const queries = useQueryClient();
  const connected = useConnectionState() === 'connected';
  const before = useRef(false);
  useEffect(() => {
    if (!connected) return;
    const isBack = before.current;
    before.current = true;
    void queries.invalidateQueries({
      predicate: ({ state, meta }) => (isBack && meta?.ofMarket === true) || state.status === 'error',
    });
  }, [connected, queries]);
}

interface Tries {
  readonly dataUpdateCount: number;
  readonly errorUpdateCount: number;
}
const triesOf = ({ dataUpdateCount, errorUpdateCount }: Tries): number => dataUpdateCount + errorUpdateCount;

/** Milliseconds until a list is asked for again: soon while it lacks something, ever later where it stays so. */
export const refreshAfterMs = (complete: boolean, tries: number): number =>
  complete ? REFRESH_LISTS_MS : Math.min(REFRESH_SOON_MS * 2 ** Math.max(0, tries - 1), REFRESH_LISTS_MS);

/** Every product that has a price is listed. */
function isComplete(products: readonly Product[], traded: ReadonlySet<string>): boolean {
  const listed = new Set(products.map(({ product }) => product));
  return listed.size > 0 && [...traded].every((product) => listed.has(product));
}

export function useMarketView(): MarketView {
  const view = use(MarketViewContext);
  if (!view) throw new Error('useMarketView is called outside MarketViewProvider');
  return view;
}

/** Product and expiry as requests name them; null until both are known. */
export function useShownChain(): { readonly product: string; readonly expiry: string } | null {
  const { product, expiry } = useMarketView();
  const symbol = product?.product;
  return useMemo(() => (symbol && expiry ? { product: symbol, expiry } : null), [symbol, expiry]);
}
