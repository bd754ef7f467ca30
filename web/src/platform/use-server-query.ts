import type { RequestOf, ResponseOf, RouteName, Routes } from '@deltastream/client';
import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { usePanelVisible } from '../panel/panel-visible.tsx';
import { useServer, useSession } from './platform.tsx';

type Ask = (request: unknown, options?: { signal: AbortSignal }) => Promise<unknown>;

const DEFAULT_REFRESH_MS = 5_000;

interface ServerQueryOptions {
  readonly refreshMs?: number;
  readonly keepsPrevious?: boolean;
}

/**
 * The response of a route that knows no instant, such as of the account or of operations: asked for again every
 * `refreshMs` while the panel is on the screen. Null as request asks for nothing. With `keepsPrevious` the response to
 * the request before stays until that of the next one comes, as placeholder, for the same person only.
 */
export function useServerQuery<N extends RouteName>(
  name: N,
  request: RequestOf<Routes[N]> | null,
  { refreshMs = DEFAULT_REFRESH_MS, keepsPrevious = false }: ServerQueryOptions = {},
): UseQueryResult<ResponseOf<Routes[N]>> {
  const { client } = useServer();
  const person = useSession()?.user.id ?? null;
  const visible = usePanelVisible();
  return useQuery({
    queryKey: [name, request, person],
    queryFn: ({ signal }) =>
      (client[name] as unknown as Ask)(request, { signal }) as Promise<ResponseOf<Routes[N]>>,
    enabled: request !== null && visible,
    refetchInterval: visible ? refreshMs : false,
    placeholderData: (previous, query) =>
      keepsPrevious && query?.queryKey[2] === person ? previous : undefined,
  }) as UseQueryResult<ResponseOf<Routes[N]>>;
}

/** A route that changes something; the responses of `refreshes` are asked for again afterwards. */
export function useServerAction<N extends RouteName>(
  name: N,
  refreshes: readonly RouteName[] = [],
): UseMutationResult<ResponseOf<Routes[N]>, Error, RequestOf<Routes[N]>> {
  const { client } = useServer();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (request: RequestOf<Routes[N]>) =>
      (client[name] as unknown as Ask)(request) as Promise<ResponseOf<Routes[N]>>,
    onSettled: () => Promise.all(refreshes.map((each) => queries.invalidateQueries({ queryKey: [each] }))),
  });
}
