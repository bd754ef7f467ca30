import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useMarketView } from '../market/view/market-view.tsx';
import { ALL_PAGES, type Page } from '../pages/pages.ts';
import { useFormat } from '../preferences/use-preferences.tsx';

const NAME = 'DeltaStream';

/** `NIFTY, Chain, as of 25 Aug 2026, 15:29:00 – DeltaStream`: first what tells one tab from another. */
export function pageTitle(
  page: Pick<Page, 'title' | 'apart'> | null,
  product: string | null,
  instant: string | null,
): string {
  if (page === null) return NAME;
  const parts = page.apart ? [page.title] : [product, page.title, instant && `as of ${instant}`];
  return `${parts.filter((part) => part !== null).join(', ')} – ${NAME}`;
}

/** Names the tab of the browser and its history after the page that is shown. */
export function usePageTitle(): void {
  const [path] = useLocation();
  const { product, at } = useMarketView();
  const format = useFormat();
  const page = ALL_PAGES.find((each) => each.path === path) ?? null;
  const title = pageTitle(page, product?.product ?? null, at && format.instant(at));
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = NAME;
    };
  }, [title]);
}
