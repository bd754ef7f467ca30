import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { usePanelVisible } from '../../../panel/panel-visible.tsx';
import { useServer, useSession } from '../../../platform/platform.tsx';
import type { LogSearch } from '../search/use-log-search.ts';
import type { LineItem } from './shown-rows.ts';

/** Lines of a page: more than a screen, and read in some milliseconds. */
const PAGE_LINES = 200;
/** Lines that are shown of one search: who wants more saves them, or narrows it. */
const MOST_LINES = 10_000;

/** The lines of a search, newest first, page after page as the reader comes to their end. */
export function useLogPages(request: LogSearch['request'], enabled: boolean) {
  const { client } = useServer();
  const person = useSession()?.user.id ?? null;
  const visible = usePanelVisible();
  const query = useInfiniteQuery({
    // What was found before is asked for again by who comes back to it.
    queryKey: ['listLogs', 'pages', enabled ? request : null, person],
    queryFn: ({ pageParam, signal }) =>
      client.listLogs({ ...request, limit: PAGE_LINES, ...(pageParam && { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }, pages) =>
      pages.length * PAGE_LINES < MOST_LINES ? next_cursor : null,
    enabled: enabled && visible,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  // Pages are added at the end, so that a place among all stays that of its line.
  const items = useMemo(
    () =>
      data?.pages.flatMap(({ logs }) => logs).map((line, i): LineItem => ({ key: String(i), line })) ?? null,
    [data],
  );
  const next = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  return {
    items,
    error,
    next,
    /** Asks once more for what failed. */
    retry: () => void (data ? fetchNextPage() : refetch()),
    hasNext: hasNextPage,
    loadsNext: isFetchingNextPage,
    /** There are more lines than are shown of one search. */
    isCut: data?.pages.length === MOST_LINES / PAGE_LINES && data.pages.at(-1)?.next_cursor !== null,
  };
}
