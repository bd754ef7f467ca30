import type { PagePath } from '@deltastream/client';
import { useQuery } from '@tanstack/react-query';
import { useAddress } from '../market/address/use-address.ts';
import { useServer } from '../platform/platform.tsx';
import { usePreferences } from '../preferences/use-preferences.tsx';

/**
 * Whether the reader is to be asked what to watch: at the first page, before anything was chosen, where nothing comes
 * or what comes is made up. `unknown` for the moment until the server has said what comes.
 */
export function useFirstVisit(path: PagePath): 'yes' | 'no' | 'unknown' {
  const { client } = useServer();
  const [{ product, at }] = useAddress();
  const { preferences } = usePreferences();
  const mayBe = path === '/' && product === null && at === null && preferences.start === 'ask';
  const { data, isPending } = useQuery({
    queryKey: ['getStatus', 'source'],
    enabled: mayBe,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const { platform } = await client.getStatus({}, { signal });
      return { known: platform !== undefined, source: platform?.feed.source ?? null };
    },
  });
  if (!mayBe) return 'no';
  if (isPending) return 'unknown';
  return data?.known && (data.source === null || data.source === 'synthetic') ? 'yes' : 'no';
}
