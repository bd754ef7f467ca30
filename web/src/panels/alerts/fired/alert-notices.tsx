import './alert-notices.css';
import '../severity.css';
import { X } from 'lucide-react';
import { useRef, useState } from 'react';
import { Link, useSearch } from 'wouter';
import { useKeptFocus } from '../../../form/kept-focus.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { notify } from './browser-notification.ts';
import { useOwnAlerts } from './use-own-alerts.ts';
import { useRefreshAtFirings } from './use-refresh-at-firings.ts';

/** At once; the others are counted, and listed on the page of alerts. */
const SHOWN = 3;

/** What fires is said on every page, until the reader has seen it. */
export function AlertNotices() {
  const place = useRef<HTMLElement>(null);
  useKeptFocus(place);
  const { fired } = useOwnAlerts('me', (firing) => {
    if (!firing.muted) void notify(firing);
  });
  useRefreshAtFirings(fired);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const format = useFormat();
  const search = useSearch();
  const open = fired.filter(({ id, muted }) => !muted && !dismissed.has(id));
  // Of what is kept alone, so that it does not grow over the day.
  const dismiss = (ids: readonly string[]) =>
    setDismissed(new Set(fired.map(({ id }) => id).filter((id) => dismissed.has(id) || ids.includes(id))));
  const more = open.length - SHOWN;
  return (
    <section
      ref={place}
      className="alert-notices"
      aria-label="Alerts that fired"
      aria-live="polite"
      tabIndex={-1}
    >
      {open
        .slice(-SHOWN)
        .reverse()
        .map(({ id, rule, message, severity, at }) => (
          <div key={id} className={`alert-notice ${severity}`}>
            <p>
              <strong>{rule}</strong> <span className={`severity ${severity}`}>{severity}</span>{' '}
              <time dateTime={at}>{format.timeOfDay(at)}</time>
            </p>
            <p className="alert-notice-message">{message}</p>
            <button
              type="button"
              className="icon"
              aria-label={`Dismiss ${rule}`}
              title="Dismiss"
              onClick={() => dismiss([id])}
            >
              <X aria-hidden size={14} />
            </button>
          </div>
        ))}
      {open.length > 0 && (
        <div className="alert-notices-end">
          {more > 0 && <span>and {format.figure.count(more)} more</span>}
          <Link href={search === '' ? '/alerts' : `/alerts?${search}`}>All alerts</Link>
          <button type="button" onClick={() => dismiss(open.map(({ id }) => id))}>
            Dismiss all
          </button>
        </div>
      )}
    </section>
  );
}
