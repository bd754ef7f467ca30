import type { RequestOf, ResponseOf, RouteName, Routes } from '@deltastream/client';
import { keepPreviousData, type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { usePanelVisible } from '../../panel/panel-visible.tsx';
import { usePlatform } from '../../platform/platform.tsx';
import { useMarketView } from '../view/market-view.tsx';
import { OF_MARKET } from './of-market.ts';

/** A response that took its time is not asked for again more often than this while live. */
const LIVE_REFRESH_MS = 5_000;

/** Responses as of an instant that no panel shows are kept this long: a replay passes two instants a second. */
const KEEP_AS_OF_MS = 15_000;

type Ask = (request: unknown, options: { signal: AbortSignal }) => Promise<unknown>;

export interface QueryOptions {
  /** Milliseconds after which a live response is asked for again. */
  readonly refreshMs?: number;
  /** Another instant than that of the time bar, ISO-8601. */
  readonly at?: string | null;
}

type MarketRequest<N extends RouteName> = Omit<RequestOf<Routes[N]>, 'at'> & object;

/**
 * The response of a market route for what the time bar shows: as of its instant or of that of the server's replay, or live
 * and asked for again every `refreshMs` while the panel is on the screen. Null as request asks for nothing. While another instant loads,
 * the figures of the one before stay (`isPlaceholderData`).
 */
export function useMarketQuery<N extends RouteName>(
  name: N,
  request: MarketRequest<N> | null,
  options: QueryOptions = {},
): UseQueryResult<ResponseOf<Routes[N]>> {
  return useQuery(useQueryOptions(name, options)(request)) as UseQueryResult<ResponseOf<Routes[N]>>;
}

/** The same for several requests of one route, e.g. one for each of some expiries. */
export function useMarketQueries<N extends RouteName>(
  name: N,
  requests: readonly MarketRequest<N>[],
  options: QueryOptions = {},
): UseQueryResult<ResponseOf<Routes[N]>>[] {
  const queryOf = useQueryOptions(name, options);
  return useQueries({ queries: requests.map(queryOf) }) as UseQueryResult<ResponseOf<Routes[N]>>[];
}

function useQueryOptions(name: RouteName, { refreshMs = LIVE_REFRESH_MS, at: given }: QueryOptions) {
  const { client } = usePlatform();
  const view = useMarketView();
  const visible = usePanelVisible();
  const at = given ?? view.storedAt;
  return (request: object | null) => {
    const asked = at === null ? request : { ...request, at };
    return {
      queryKey: [name, asked],
      meta: OF_MARKET,
      queryFn: ({ signal }: { signal: AbortSignal }) => (client[name] as unknown as Ask)(asked, { signal }),
      enabled: request !== null && visible,
      placeholderData: keepPreviousData,
      refetchInterval: at === null && visible ? refreshMs : (false as const),
      staleTime: at === null ? refreshMs : Number.POSITIVE_INFINITY,
      ...(at !== null && { gcTime: KEEP_AS_OF_MS }),
    };
  };
}
