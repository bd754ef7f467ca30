import { useMemo } from 'react';
import { Panel } from '../../../panel/panel.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { valueText } from '../rules/standing-text.ts';
import { useAlertOwner } from '../use-alert-owner.tsx';
import { usePages } from '../use-pages.tsx';
import { BrowserNotices } from './browser-notices.tsx';
import { useOwnAlerts } from './use-own-alerts.ts';
import { useRefreshAtFirings } from './use-refresh-at-firings.ts';

const PAGE = 100; // More rows than a screen has, in one small response.

/** What fired, the newest first, as it fires. */
export function AlertFiringsPanel() {
  const { owner } = useAlertOwner();
  const pages = usePages(owner);
  const { data, error, refetch, isPlaceholderData } = useServerQuery(
    'listAlertFirings',
    { owner, limit: PAGE, ...(pages.cursor && { cursor: pages.cursor }) },
    { keepsPrevious: true },
  );
  // The notices of every page follow those of the reader.
  useRefreshAtFirings(useOwnAlerts(owner === 'operator' ? owner : null).fired);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'What fired, the newest first',
        columns: ['At', 'Rule', 'Severity', 'Product', 'Expiry', 'Message', 'Figures'].map((title) => ({
          title,
        })),
        rows: data.firings.map((each) => [
          format.instant(each.at),
          each.rule,
          each.muted ? `${each.severity}, muted` : each.severity,
          each.product,
          each.expiry && format.expiry(each.expiry),
          each.message,
          Object.entries(each.figures)
            .map(([name, value]) => `${name} ${valueText(value, [name], format)}`)
            .join(', '),
        ]),
        keys: data.firings.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Firings"
      ofNow
      note="times of the chains that fired"
      pending={!data}
      stale={isPlaceholderData ? 'loading' : null}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
      controls={
        <>
          <BrowserNotices />
          {pages.buttons((!isPlaceholderData && data?.next_cursor) || null)}
        </>
      }
    >
      {table && table.rows.length > 0 ? (
        <FigureTable table={table} />
      ) : (
        <p className="message">
          Nothing fired yet. What fires is here at once, and on every page as a notice.
        </p>
      )}
    </Panel>
  );
}
