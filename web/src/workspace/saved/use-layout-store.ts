import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { browserStorage } from '../../platform/browser-storage.ts';
import { useServer, useSession } from '../../platform/platform.tsx';
import { browserLayouts } from './browser-layouts.ts';
import type { LayoutStore } from './layout-store.ts';
import { serverLayouts } from './server-layouts.ts';

/** Where the reader's workspaces are saved: with the account of who is logged in, else in this browser. */
export function useLayoutStore(): LayoutStore {
  const { client } = useServer();
  const userId = useSession()?.user.id;
  return useMemo(
    () => (userId === undefined ? browserLayouts(browserStorage) : serverLayouts(client, userId)),
    [client, userId],
  );
}

const KEY = 'workspaces';

/** Names of the reader's workspaces. */
export function useLayoutNames() {
  const store = useLayoutStore();
  return useQuery({ queryKey: [KEY, store.id], queryFn: () => store.names() });
}

/** The workspace saved under a name; null as data where there is none. */
export function useSavedLayout(name: string | null) {
  const store = useLayoutStore();
  return useQuery({
    queryKey: [KEY, store.id, name],
    queryFn: () => store.read(name ?? ''),
    enabled: name !== null,
    // Another tab or browser may have saved it since; what is shown stands in the address.
    staleTime: 0,
  });
}

/** Asks for names and workspaces anew after one was changed. */
export function useRefreshLayouts(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: [KEY] }), [queries]);
}
