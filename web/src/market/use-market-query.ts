import type { RequestOf, ResponseOf, RouteName, Routes } from '@deltastream/client';
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePanelVisible } from '../panel/panel-visible.tsx';
import { usePlatform } from '../platform/platform.tsx';
import { useMarketView } from './market-view.tsx';

/** A response that took its time is not asked for again more often than this while live. */
const LIVE_REFRESH_MS = 5_000;

type Ask = (request: unknown, options: { signal: AbortSignal }) => Promise<unknown>;

interface QueryOptions {
  /** Milliseconds after which a live response is asked for again. */
  readonly refreshMs?: number;
}

/**
 * The response of a market route for what the time bar shows: as of its instant, or live and asked for again every
 * `refreshMs` while the panel is on the screen. Null as request asks for nothing. While another instant loads,
 * the figures of the one before stay (`isPlaceholderData`).
 */
export function useMarketQuery<N extends RouteName>(
  name: N,
  request: (Omit<RequestOf<Routes[N]>, 'at'> & object) | null,
  { refreshMs = LIVE_REFRESH_MS }: QueryOptions = {},
): UseQueryResult<ResponseOf<Routes[N]>> {
  const { client } = usePlatform();
  const { at } = useMarketView();
  const visible = usePanelVisible();
  const asked = at === null ? request : { ...request, at };
  return useQuery({
    queryKey: [name, asked],
    queryFn: ({ signal }) =>
      (client[name] as unknown as Ask)(asked, { signal }) as Promise<ResponseOf<Routes[N]>>,
    enabled: request !== null && visible,
    placeholderData: keepPreviousData,
    refetchInterval: at === null && visible ? refreshMs : false,
    staleTime: at === null ? refreshMs : Number.POSITIVE_INFINITY,
  }) as UseQueryResult<ResponseOf<Routes[N]>>;
}
