import { useMemo } from 'react';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';

/** Who is connected to live data, those with most waiting first. */
export function SocketsPanel() {
  const { data, error, refetch } = useServerQuery('viewSockets', {});
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Connections to live data, those with most waiting first',
        columns: ['Connection', 'Owner', 'Transport', 'Since', 'Rooms', 'Packets waiting'].map((title) => ({
          title,
          format: format.figure.count,
        })),
        rows: data.connections.map((each) => [
          each.id,
          each.owner,
          each.transport,
          format.timeOfDay(each.since),
          each.rooms,
          each.queued_packets,
        ]),
      },
    [data, format],
  );
  return (
    <Panel
      title="Sockets"
      ofNow
      note={
        data &&
        `${format.figure.count(data.clients)} connected, rooms followed: ${format.figure.count(data.rooms.length)}${
          data.connected_to_bus ? '' : '; not connected to the bus'
        }${data.truncated === null ? '' : `; ${format.figure.count(data.truncated)} not listed`}`
      }
      asOf={data?.timestamp}
      pending={!data}
      error={error}
      retry={() => void refetch()}
      empty={data?.clients === 0 ? 'Nobody is connected.' : null}
      table={table}
      isTable
    >
      {table && <FigureTable table={table} />}
    </Panel>
  );
}
