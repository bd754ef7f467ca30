import { useMemo } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Problem } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';

/** As the contract bounds it. */
const MOST_CONCURRENT = 1_024;

/** Consumers that can be scaled, of every process on the bus. */
export function WorkersPanel() {
  const { data, error, refetch } = useServerQuery('listWorkers', {});
  const scale = useServerAction('scaleWorkers', ['listWorkers']);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Workers and how many messages each processes concurrently',
        columns: ['Service', 'Worker', 'Concurrency', 'Set by', 'Market'].map((title) => ({
          title,
          format: format.figure.count,
        })),
        rows: data.workers.map((each) => [
          each.service,
          each.worker,
          each.concurrency,
          each.concurrency_from,
          each.market_open === null ? null : each.market_open ? 'open' : 'closed',
        ]),
      },
    [data, format],
  );
  return (
    <Panel
      title="Workers"
      ofNow
      note="messages processed concurrently"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      empty={data?.count === 0 ? 'No worker has reported.' : null}
      table={table}
      isTable
    >
      <Problem error={scale.error} />
      {data && table && (
        <FigureTable
          table={table}
          actions={(row) => {
            const { service, worker, concurrency } = data.workers[row];
            const change = (does: 'Halve' | 'Double', to: number) => {
              const idle = scale.isPending || to < 1 || to > MOST_CONCURRENT;
              return (
                <ActionButton
                  aria-label={`${does} the concurrency of ${service} ${worker}`}
                  disabled={idle}
                  onClick={() => scale.mutate({ service, worker, concurrency: to })}
                >
                  {does}
                </ActionButton>
              );
            };
            return (
              <>
                {change('Halve', Math.floor(concurrency / 2))} {change('Double', concurrency * 2)}
              </>
            );
          }}
        />
      )}
    </Panel>
  );
}
