import './frame/frame.css';
import { useId } from 'react';
import { Route, Switch } from 'wouter';
import { MissingPage } from './frame/missing-page.tsx';
import { CommandPalette } from './frame/palette/command-palette.tsx';
import { KeyList } from './frame/palette/key-list.tsx';
import { Rail } from './frame/rail.tsx';
import { ConnectionBanner } from './frame/status/connection.tsx';
import { ProblemBanner } from './frame/status/data-status.tsx';
import { TopBar } from './frame/top-bar.tsx';
import { useMarketView } from './market/market-view.tsx';
import { ACCOUNT_PAGE, PAGES } from './pages/pages.ts';
import { PanelPage } from './pages/panel-page.tsx';
import { TimeBar } from './time/time-bar.tsx';

/** The frame around every page. */
export function App() {
  const main = useId();
  const { products, missing, failed } = useMarketView();
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
        <Switch>
          {[...PAGES, ACCOUNT_PAGE].map((page) => (
            <Route key={page.path} path={page.path}>
              {products.length === 0 && !failed && !page.apart ? (
                <p className="message">
                  Waiting for the first data. Start a feed, or a replay, and it appears here.
                </p>
              ) : missing && !page.apart ? (
                <MissingPage missing={missing} />
              ) : (
                <PanelPage page={page} />
              )}
            </Route>
          ))}
          <Route>
            <p className="message">There is no page at this address.</p>
          </Route>
        </Switch>
      </main>
      <TimeBar />
      <CommandPalette />
      <KeyList />
    </div>
  );
}
