import { useEffect, useState } from 'react';
import { useConnectionState } from '../../market/status/use-market-status.ts';
import { useMarketView } from '../../market/view/market-view.tsx';

/** Connecting again takes a moment; only a longer absence is worth a banner. */
const BANNER_AFTER_MS = 1_500;
/** The first connection takes some round trips, which are long on a slow network; nothing is known to be away yet. */
const FIRST_BANNER_AFTER_MS = 10_000;

/** Whether the server can be reached, by the live connection and by requests. */
export function ConnectionBanner() {
  const { products, failed } = useMarketView();
  const state = useConnectionState();
  const [wasConnected, setWasConnected] = useState(false);
  if (state === 'connected' && !wasConnected) setWasConnected(true);
  const known = wasConnected || failed || state === 'closed';
  const away = useLasting(state !== 'connected', known ? BANNER_AFTER_MS : FIRST_BANNER_AFTER_MS);
  if (state === 'connected') {
    return failed ? (
      <p className="banner" role="alert">
        Live figures arrive, but stored data cannot be read. Trying again.
      </p>
    ) : null;
  }
  if (!away) return null;
  return (
    <p className="banner" role="alert">
      {state === 'closed'
        ? 'The server closed this connection. Connecting again soon.'
        : `The server cannot be reached; reconnecting.${products.length > 0 ? ' The figures below are the last known ones.' : ''}`}
    </p>
  );
}

/** True once `condition` has held for `afterMs`. */
function useLasting(condition: boolean, afterMs: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!condition) return;
    const timer = setTimeout(() => setLasting(true), afterMs);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [condition, afterMs]);
  return lasting;
}
