import { useMemo } from 'react';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';

/** As often as a bus of Redis is measured. */
const REFRESH_MS = 2_000;

/** Topics of the bus, and how far each consumer group is behind. */
export function StreamsPanel() {
  const { data, error, refetch } = useServerQuery('listStreams', {}, { refreshMs: REFRESH_MS });
  const format = useFormat();
  const table = useMemo(() => {
    if (!data) return null;
    const { count } = format.figure;
    const columns = [
      { title: 'Topic' },
      { title: 'Group' },
      { title: 'Behind', format: count },
      { title: 'With a consumer', format: count },
      { title: 'Oldest, s', format: (seconds: number) => seconds.toFixed(1) },
      { title: 'Of the bound, %', format: (percent: number) => percent.toFixed(1) },
      { title: 'Held', format: count },
      { title: 'Redelivered', format: count },
      { title: 'Dead letters', format: count },
      { title: 'Lost', format: count },
    ];
    const rows = data.streams.map((each) => [
      each.topic,
      each.group,
      each.backlog,
      each.pending,
      each.oldest_age_ms === null ? null : each.oldest_age_ms / 1000,
      100 * each.pressure,
      each.length,
      each.redelivered,
      each.dead_letters,
      each.lost,
    ]);
    return { caption: 'Topics of the bus, and how far each group is behind', columns, rows };
  }, [data, format]);
  return (
    <Panel
      title="Streams"
      ofNow
      note="messages; a dash under Oldest: none waits, or this bus keeps no age"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      stale={data && !data.connected ? 'the bus is away' : null}
      empty={data?.count === 0 ? 'Nothing is on the bus yet.' : null}
      table={table}
      isTable
    >
      {table && <FigureTable table={table} />}
    </Panel>
  );
}
