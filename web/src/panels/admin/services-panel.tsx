import './services.css';
import { useMemo } from 'react';
import { durationText } from '../../format/duration.ts';
import { problemText } from '../../market/status/problem-text.ts';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import {
  SERVICE_COLUMNS,
  serviceRows,
  VENUE_COLUMNS,
  venueRows,
  WATCHDOG_COLUMNS,
  watchdogRows,
} from './service-rows.ts';

const REFRESH_MS = 2_000; // A venue that fails should be seen to fail.

/** Every service as the gateway sees it, and every process on the bus. */
export function ServicesPanel() {
  const { data, error, refetch } = useServerQuery('getStatus', {}, { refreshMs: REFRESH_MS });
  const format = useFormat();
  const table = useMemo(() => {
    if (!data) return null;
    const columns = SERVICE_COLUMNS.map((title) => ({ title, format: format.figure.count }));
    return { caption: 'Services and their states', columns, rows: serviceRows(data, format.timeOfDay) };
  }, [data, format]);
  const feed = data?.platform?.feed;
  const venues = feed?.venues && {
    caption: 'Venues that the feed follows',
    columns: VENUE_COLUMNS.map((title) => ({ title })),
    rows: venueRows(feed.venues, format.timeOfDay),
    namedBy: 1,
  };
  const watchdogs = feed?.venues && {
    caption: 'What is wrong with quotes of products',
    columns: WATCHDOG_COLUMNS.map((title) => ({ title })),
    rows: watchdogRows(feed.venues, format.timeOfDay),
    // A product can have several kinds of one venue.
    namedBy: 3,
    keys: feed.venues.flatMap(({ venue, watchdogs }) =>
      watchdogs.map(({ kind, product }) => `${venue} ${product} ${kind}`),
    ),
  };
  return (
    <Panel
      title="Services"
      ofNow
      note={
        data &&
        `${data.status}; up ${durationText(1_000 * data.uptime_seconds)}${feed ? `; feed ${feed.source ?? ''} ${feed.state}` : ''}`
      }
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
    >
      {data?.platform?.problems.map(({ part, code, reason, since, fault }) => (
        <p key={`${part} ${code}`} className={fault ? 'form-problem' : 'panel-note'}>
          {part}: {problemText({ reason, since }, format.timeOfDay)}
        </p>
      ))}
      <div className="service-tables">
        {venues && <FigureTable table={venues} />}
        {watchdogs && watchdogs.rows.length > 0 && <FigureTable table={watchdogs} />}
        {watchdogs?.rows.length === 0 && feed?.venues?.every(({ state }) => state === 'live') && (
          <p className="panel-note">Nothing is wrong with quotes of the products that the venues give.</p>
        )}
        {table && <FigureTable table={table} />}
      </div>
    </Panel>
  );
}
