import './start.css';
import type { MarketStatus } from '@deltastream/client';
import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useMarketStatus } from '../../market/status/use-market-status.ts';
import { type Venue, venueName } from '../../market/status/venue-text.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useSession } from '../../platform/platform.tsx';
import { usePreferences } from '../../preferences/use-preferences.tsx';
import { loginAddress } from '../../session/local-address.ts';
import { CboeWay, OpenAlgoWay } from './asking-ways.tsx';
import { StartCommand } from './start-command.tsx';
import { UploadRecording } from './upload-recording.tsx';
import { VenueFacts } from './venue-way.tsx';
import { BROKER_WAYS, EXCHANGE_WAY } from './venue-ways.ts';

const NONE: readonly Venue[] = [];

/** What can be watched with what is here, and by which command the rest comes. */
export function StartPanel() {
  const { products } = useMarketView();
  const feed = useFeed();
  const source = feed === undefined ? undefined : (feed?.source ?? null);
  const followed = feed?.venues ?? NONE;
  const { change } = usePreferences();
  const [, go] = useLocation();
  const watch = () => {
    change({ start: 'chosen' });
    go('/');
  };
  const synthetic = source === 'synthetic';
  const nothing = products.length === 0;
  const live = followed.length > 0;
  const watchLive = nothing ? null : (
    <button type="button" className="primary" onClick={watch}>
      Watch what comes
    </button>
  );
  return (
    <Panel title="Start" note="choose what to watch; this page stays at /start">
      <ul className="ways-to-start">
        <Way title="The synthetic market">
          <p>
            Prices that are made up, with a past of some weeks, and labelled so on every page. It needs
            nothing.
          </p>
          {synthetic && !nothing ? (
            <button type="button" className="primary" onClick={watch}>
              Watch the synthetic market
            </button>
          ) : (
            <StartCommand flags="--source synthetic" />
          )}
        </Way>
        <Way title="Deribit, live, no key">
          <p>
            Options on BTC and ETH as they are quoted now; <code>--products</code> names others.
          </p>
          <VenueFacts way={EXCHANGE_WAY} followed={followed} watch={watchLive} />
        </Way>
        <Way title="A broker, live: Kite, Upstox, Dhan">
          <p>
            Options of the NSE and the BSE with your own account: NIFTY and BANKNIFTY; <code>--products</code>{' '}
            names others.
          </p>
          {BROKER_WAYS.map((way) => (
            <section key={way.venue} aria-labelledby={`start-${way.venue}`}>
              <h4 id={`start-${way.venue}`}>{venueName(way.venue)}</h4>
              <VenueFacts way={way} followed={followed} watch={watchLive} />
            </section>
          ))}
        </Way>
        <Way title="OpenAlgo, live: the broker behind it">
          <p>
            Options of the NSE and the BSE of some thirty brokers: NIFTY and BANKNIFTY;{' '}
            <code>--products</code> names others.
          </p>
          <OpenAlgoWay followed={followed} watch={watchLive} />
        </Way>
        <Way title="Cboe, delayed, no key">
          <p>
            Options of American exchanges, a quarter of an hour late: SPY and AAPL; <code>--products</code>{' '}
            names others, such as SPX and SPXW.
          </p>
          <CboeWay followed={followed} watch={watchLive} />
        </Way>
        <Way title="A recording">
          <p>
            A file of option quotes of an exchange, a broker or a data vendor, played as it was, here a minute
            in a second:
          </p>
          <StartCommand flags="--source replay:FILE --speed 60" />
          <Bring source={source} onBrought={() => change({ start: 'chosen' })} />
        </Way>
        <Way title="What is stored">
          <p>
            Without a feed, everything that was recorded or imported before; the time bar moves through it and
            plays it.
          </p>
          {synthetic || live || nothing ? (
            <StartCommand flags="--source none" />
          ) : (
            <button type="button" className="primary" onClick={watch}>
              {source ? 'Watch what comes' : 'Show what is stored'}
            </button>
          )}
        </Way>
      </ul>
    </Panel>
  );
}

type Feed = NonNullable<MarketStatus['feed']>;

/** What the server last said of the feed: null is none; undefined until it has said. */
function useFeed(): Feed | null | undefined {
  const status = useMarketStatus();
  const [last, setLast] = useState<Feed | null | undefined>(undefined);
  const told = status === null ? last : (status.feed ?? null);
  // While the connection is away nothing is told, and a recording that is being brought stays.
  if (told !== last) setLast(told);
  return told;
}

function Way({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <li>
      <h3>{title}</h3>
      {children}
    </li>
  );
}

interface BringProps {
  readonly source: string | null | undefined;
  readonly onBrought: () => void;
}

/** A recording into the store of the platform that runs. */
function Bring({ source, onBrought }: BringProps) {
  const role = useSession()?.user.role;
  if (source === undefined) return null;
  if (source === 'synthetic') {
    return <p>A market that is made up takes no recordings: start with another source to bring one here.</p>;
  }
  if (role === 'admin') {
    return (
      <>
        <UploadRecording onImporting={onBrought} />
        <p>
          Its progress is among the <Link href="/admin">imports</Link>, and its products appear as it comes.
        </p>
      </>
    );
  }
  return (
    <p>
      Administrators bring one into the store from here
      {role === undefined ? (
        <>
          : <Link href={loginAddress('/start', '')}>log in</Link>.
        </>
      ) : (
        `; your role is ${role}.`
      )}
    </p>
  );
}
