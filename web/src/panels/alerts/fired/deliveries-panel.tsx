import { useMemo } from 'react';
import { Panel } from '../../../panel/panel.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { useAlertOwner } from '../use-alert-owner.tsx';
import { usePages } from '../use-pages.tsx';

const PAGE = 100; // More rows than a screen has, in one small response.

/** Every attempt to deliver what fired, the newest first. */
export function AlertDeliveriesPanel() {
  const { owner } = useAlertOwner();
  const pages = usePages(owner);
  const { data, error, refetch, isPlaceholderData } = useServerQuery(
    'listAlertDeliveries',
    { owner, limit: PAGE, ...(pages.cursor && { cursor: pages.cursor }) },
    { keepsPrevious: true },
  );
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Attempts to deliver, the newest first',
        columns: [
          'At',
          'Channel',
          'Kind',
          'Firings',
          'Attempt',
          'Outcome',
          'Status',
          'Reason',
          'Took, ms',
        ].map((title) => ({ title, format: title === 'Took, ms' ? format.figure.count : String })),
        rows: data.deliveries.map((each) => [
          format.instant(each.at),
          each.channel,
          each.kind.replace('_', ' '),
          each.test ? 'test' : format.figure.count(each.firing_ids.length),
          each.attempt,
          each.outcome,
          each.status,
          each.reason,
          each.duration_ms,
        ]),
        keys: data.deliveries.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Deliveries"
      ofNow
      note="every attempt"
      pending={!data}
      stale={isPlaceholderData ? 'loading' : null}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
      controls={pages.buttons((!isPlaceholderData && data?.next_cursor) || null)}
    >
      {table && table.rows.length > 0 ? (
        <FigureTable table={table} />
      ) : (
        <p className="message">Nothing was sent yet. A channel is tried by its button “Test”.</p>
      )}
    </Panel>
  );
}
