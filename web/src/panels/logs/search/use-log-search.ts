import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { criteriaOf, type LogFilter, readFilter, writeFilter } from './log-filter.ts';
import { type LogRange, readRange, requestOfSpan, spanOf, writeRange } from './log-range.ts';

/** What changes in a search; what is not named stays. */
export interface SearchChanges {
  readonly filter?: LogFilter;
  readonly range?: LogRange;
  readonly following?: boolean;
  /** Another page than this one, where it has lines but no search. */
  readonly page?: string;
}

/** Which lines are looked for: the same for every panel of the log, as all of it stands in the address. */
export function useLogSearch() {
  const search = useSearch();
  const [path, go] = useLocation();
  const { at } = useMarketView();
  // Until when is asked for is one instant for all panels, until they are to look again.
  const { data: nowMs, refetch } = useQuery({
    queryKey: ['log search', 'now'],
    queryFn: () => Date.now(),
    initialData: Date.now,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const change = useCallback(
    ({ filter, range, following, page = path }: SearchChanges) => {
      const query = new URLSearchParams(location.search);
      if (filter !== undefined) writeFilter(query, filter);
      if (range !== undefined) writeRange(query, range);
      if (following !== undefined) {
        if (following) query.set('log-follow', 'on');
        else query.delete('log-follow');
      }
      const text = query.toString();
      go(text === '' ? page : `${page}?${text}`);
    },
    [go, path],
  );
  return useMemo(() => {
    const filter = readFilter(search);
    const range = readRange(search);
    const span = spanOf(range, at, nowMs);
    const criteria = criteriaOf(filter);
    return {
      filter,
      range,
      span,
      at,
      criteria,
      /** Of the routes that look for lines. */
      request: { ...criteria, ...requestOfSpan(span) },
      /** Lines are shown as they come, which is not possible as of an instant. */
      following: at === null && new URLSearchParams(search).get('log-follow') === 'on',
      change,
      lookAgain: () => void refetch(),
    };
  }, [search, at, nowMs, change, refetch]);
}

export type LogSearch = ReturnType<typeof useLogSearch>;
