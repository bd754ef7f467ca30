import './start.css';
import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useMarketView } from '../../market/market-view.tsx';
import { useMarketStatus } from '../../market/use-market-status.ts';
import { Panel } from '../../panel/panel.tsx';
import { useSession } from '../../platform/platform.tsx';
import { usePreferences } from '../../preferences/use-preferences.tsx';
import { loginAddress } from '../../session/local-address.ts';
import { UploadRecording } from './upload-recording.tsx';

/** What can be watched with what is here, and by which command the rest comes. */
export function StartPanel() {
  const { products } = useMarketView();
  const source = useFeedSource();
  const { change } = usePreferences();
  const [, go] = useLocation();
  const watch = () => {
    change({ start: 'chosen' });
    go('/');
  };
  const synthetic = source === 'synthetic';
  const nothing = products.length === 0;
  return (
    <Panel title="Start" note="what is to be watched; this page stays at /start">
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
            <Command>--source synthetic</Command>
          )}
        </Way>
        <Way title="A recording">
          <p>
            A file of option quotes of an exchange, a broker or a data vendor, played as it was, here a minute
            in a second:
          </p>
          <Command>--source replay:FILE --speed 60</Command>
          <Bring source={source} onBrought={() => change({ start: 'chosen' })} />
        </Way>
        <Way title="What is stored">
          <p>
            Without a feed, everything that was recorded or imported before; the time bar moves through it and
            plays it.
          </p>
          {synthetic || nothing ? (
            <Command>--source none</Command>
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

/** What the server last said that figures come from: null is nothing; undefined until it has said. */
function useFeedSource(): string | null | undefined {
  const status = useMarketStatus();
  const [last, setLast] = useState<string | null | undefined>(undefined);
  const told = status === null ? last : (status.feed?.source ?? null);
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

/** Where the platform was installed; it is started anew with it. */
const Command = ({ children }: { readonly children: string }) => (
  <p>
    <code>npm start -- {children}</code>
  </p>
);

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
