import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { browserStorage } from '../../platform/browser-storage.ts';
import { useServer, useSession } from '../../platform/platform.tsx';
import { browserLayouts } from './browser-layouts.ts';
import type { LayoutStore, SavedLayout } from './layout-store.ts';
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
const JUST_SAVED_MS = 5_000; // Far longer than an answer takes.

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
    // Read anew when it is opened, but not right after it was saved.
    staleTime: JUST_SAVED_MS,
  });
}

/** Takes what was saved under a name for what is stored; the names are asked for anew. */
export function useTakeSaved(): (name: string, saved: SavedLayout) => Promise<void> {
  const queries = useQueryClient();
  const { id } = useLayoutStore();
  return useCallback(
    (name, saved) => {
      queries.setQueryData([KEY, id, name], saved);
      return queries.invalidateQueries({ queryKey: [KEY, id], exact: true });
    },
    [queries, id],
  );
}

/** Asks for names and workspaces anew after one was changed. */
export function useRefreshLayouts(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: [KEY] }), [queries]);
}
