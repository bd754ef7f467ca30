import type { ConnectionState } from '@deltastream/client';
import { useEffect, useState } from 'react';

/** Connecting takes a moment at every load; only a longer absence is worth a banner. */
const BANNER_AFTER_MS = 1_500;

interface ConnectionBannerProps {
  readonly state: ConnectionState;
  /** A plain request failed too. */
  readonly failed: boolean;
}

export function ConnectionBanner({ state, failed }: ConnectionBannerProps) {
  const away = useLasting(state !== 'connected', BANNER_AFTER_MS);
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
        ? 'The server closed this connection. Reload the page to connect again.'
        : 'The server cannot be reached. The figures below are the last known ones; reconnecting.'}
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
