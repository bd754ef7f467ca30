import { useMemo } from 'react';
import { useAddressParameter } from '../../../market/address/use-address.ts';
import { Panel } from '../../../panel/panel.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { useLogSearch } from '../search/use-log-search.ts';
import {
  COUNTED_BY,
  type CountedBy,
  countRows,
  filterOf,
  isCountedBy,
  MOST_SHOWN,
  titleOf,
} from './log-counts.ts';

const DEFAULT_BY: CountedBy = 'service';
/** The server counts a million lines in some hundred milliseconds. */
const REFRESH_MS = 30_000;

/** How many lines of the search there are by the values of a name: errors by product, requests by user. */
export function LogCountsPanel() {
  const { request, filter, change } = useLogSearch();
  const [given, setBy] = useAddressParameter('log-by', DEFAULT_BY);
  const by = isCountedBy(given) ? given : DEFAULT_BY;
  const names = by.split(',');
  const { data, error, refetch } = useServerQuery('countLogs', { ...request, by }, { refreshMs: REFRESH_MS });
  const { count } = useFormat().figure;
  const table = useMemo(
    () =>
      data && {
        caption: `Lines of the log by ${COUNTED_BY[by]}, the most first`,
        columns: [
          ...by.split(',').map((name) => ({ title: titleOf(name) })),
          { title: 'Lines', format: count },
          { title: 'Share, %', format: (share: number) => share.toFixed(1) },
        ],
        rows: countRows(data.groups),
        namedBy: by.split(',').length,
        keys: data.groups.map(({ values }) => JSON.stringify(values)),
      },
    [data, by, count],
  );
  const groups = data?.groups ?? [];
  return (
    <Panel
      title="Lines by name"
      note={
        groups.length > MOST_SHOWN
          ? `the largest ${MOST_SHOWN} of ${count(groups.length)}`
          : 'a dash: lines that say nothing of it'
      }
      pending={!data}
      error={error}
      retry={() => void refetch()}
      empty={groups.length === 0 ? 'No line of this period matches the search.' : null}
      table={table ?? null}
      isTable
      controls={
        <>
          <button
            type="button"
            onClick={() => {
              setBy('product');
              change({ filter: { level: 'error' } });
            }}
          >
            Errors by product
          </button>
          <label>
            By{' '}
            <select value={by} onChange={({ target }) => setBy(target.value)}>
              {Object.entries(COUNTED_BY).map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        </>
      }
    >
      {data && table && (
        <FigureTable
          table={table}
          actions={(row) => {
            const group = data.groups[row];
            const same = filterOf(names, group, filter);
            return (
              same && (
                <button
                  type="button"
                  aria-label={`Only these: ${group.values.join(', ')}`}
                  onClick={() => change({ filter: same })}
                >
                  Only these
                </button>
              )
            );
          }}
        />
      )}
    </Panel>
  );
}
