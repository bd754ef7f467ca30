import './frame/frame.css';
import { lazy, Suspense, useId } from 'react';
import { Route, Switch } from 'wouter';
import { MissingPage } from './frame/missing-page.tsx';
import { usePageTitle } from './frame/page-title.ts';
import { CommandPalette } from './frame/palette/command-palette.tsx';
import { KeyList } from './frame/palette/key-list.tsx';
import { Rail } from './frame/rail.tsx';
import { ConnectionBanner } from './frame/status/connection.tsx';
import { ProblemBanner } from './frame/status/data-status.tsx';
import { NewVersionBanner } from './frame/status/new-version-banner.tsx';
import { TopBar } from './frame/top-bar.tsx';
import { useMarketView } from './market/view/market-view.tsx';
import { ALL_PAGES, type Page, START_PAGE } from './pages/pages.ts';
import { PanelPage } from './pages/panel-page.tsx';
import { TraceRoute } from './pages/trace-route.tsx';
import { useFirstVisit } from './pages/use-first-visit.ts';
import { PanelBoundary } from './panel/boundary/panel-boundary.tsx';
import { Skeleton } from './panel/states.tsx';
import { TimeBar } from './time/time-bar.tsx';
import { BrowserWorkspaces } from './workspace/saved/browser-workspaces.tsx';

const AlertNotices = lazy(async () => ({
  default: (await import('./panels/alerts/fired/alert-notices.tsx')).AlertNotices,
}));
const WorkspacePage = lazy(async () => ({
  default: (await import('./workspace/workspace-page.tsx')).WorkspacePage,
}));

/** The frame around every page. */
export function App() {
  const main = useId();
  usePageTitle();
  return (
    <div className="frame">
      <a className="skip" href={`#${main}`}>
        Skip to the page
      </a>
      <TopBar />
      <Rail />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach. */}
      <main id={main} tabIndex={0}>
        <ConnectionBanner />
        <ProblemBanner />
        <NewVersionBanner />
        <BrowserWorkspaces />
        <Switch>
          {ALL_PAGES.map((page) => (
            <Route key={page.path} path={page.path}>
              {page.apart ? <PanelPage page={page} /> : <MarketPage page={page} />}
            </Route>
          ))}
          <Route path="/logs/traces/:id">{({ id }) => <TraceRoute id={id} />}</Route>
          <Route>
            <p className="message">There is no page at this address.</p>
          </Route>
        </Switch>
      </main>
      <TimeBar />
      <PanelBoundary>
        <Suspense>
          <AlertNotices />
        </Suspense>
      </PanelBoundary>
      <CommandPalette />
      <KeyList />
    </div>
  );
}

/** A page of the market, once there is one; before, and on the first visit, what can be watched. */
function MarketPage({ page }: { readonly page: Page }) {
  const { products, missing, loading, failed } = useMarketView();
  const first = useFirstVisit(page.path);
  if (loading || first === 'unknown') return <Skeleton />;
  if (first === 'yes' || (products.length === 0 && !failed)) return <PanelPage page={START_PAGE} />;
  if (missing) return <MissingPage missing={missing} />;
  if (!page.arranged) return <PanelPage page={page} />;
  return (
    <PanelBoundary>
      <Suspense fallback={<Skeleton />}>
        <WorkspacePage />
      </Suspense>
    </PanelBoundary>
  );
}
