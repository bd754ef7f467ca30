import { useEffect, useState } from 'react';
import { useConnectionState } from '../../market/status/use-market-status.ts';
import { keepVersions, type Versions } from '../../platform/new-version.ts';

/** A page that is open all day would otherwise meet a new version at its next visit alone. */
const LOOK_MS = 3_600_000;

/** The script of this page; none while it is developed, and where the browser keeps no pages: on plain addresses. */
function ownEntry(): string | null {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return null;
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  return script && new URL(script.src).pathname;
}

/** Says that a newer version of the dashboard is here, and goes to it when asked to. */
export function NewVersionBanner() {
  const connected = useConnectionState() === 'connected';
  const [versions, setVersions] = useState<Versions | null>(null);
  const [goToIt, setGoToIt] = useState<(() => void) | null>(null);
  useEffect(() => {
    const entry = ownEntry();
    if (entry === null) return;
    keepVersions({
      container: navigator.serviceWorker,
      entry,
      reload: () => location.reload(),
      onNew: (next) => setGoToIt(() => next),
    }).then(setVersions, () => {}); // A browser may refuse to keep pages; the dashboard does without.
  }, []);
  useEffect(() => {
    // A server that was away may have come back as another release.
    if (!connected || versions === null) return;
    versions.look();
    const timer = setInterval(versions.look, LOOK_MS);
    return () => clearInterval(timer);
  }, [connected, versions]);
  if (goToIt === null) return null;
  return (
    <p className="banner" role="status">
      A new version of the dashboard is here.{' '}
      <button type="button" onClick={goToIt}>
        Reload
      </button>
    </p>
  );
}
