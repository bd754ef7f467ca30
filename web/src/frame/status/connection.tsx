import { useEffect, useState } from 'react';
import { useConnectionState } from '../../market/use-market-status.ts';
import { useSession } from '../../platform/platform.tsx';

/** Connecting takes a moment at every load; only a longer absence is worth a banner. */
const BANNER_AFTER_MS = 1_500;

interface ConnectionBannerProps {
  /** A plain request failed too. */
  readonly failed: boolean;
}

export function ConnectionBanner({ failed }: ConnectionBannerProps) {
  const state = useConnectionState();
  const session = useSession();
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
        ? `The server closed this connection. ${session ? 'Connecting again soon.' : 'Log in, or reload the page, to connect again.'}`
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
