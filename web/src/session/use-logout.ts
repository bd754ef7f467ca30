import { useMutation, useMutationState } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useServer } from '../platform/platform.tsx';

const LOGOUT = ['logout'];

/** Ends the session of this browser. */
export function useLogout() {
  const { client, session } = useServer();
  return useMutation({
    mutationKey: LOGOUT,
    mutationFn: (refresh_token: string) => session.ending(() => client.logout({ refresh_token })),
  });
}

/**
 * Whether the server is being told of a logout, by this tab or another one. Nobody is logged in meanwhile, but the
 * session is back where it cannot be told, so that a login is no offer yet.
 */
export function useLoggingOut(): boolean {
  const { session } = useServer();
  return useSyncExternalStore(session.subscribe, session.isEnding);
}

/** Why the last logout failed; a component that was unmounted while it was tried finds it, too. */
export const useLogoutFailure = (): Error | null =>
  useMutationState({ filters: { mutationKey: LOGOUT }, select: ({ state }) => state.error }).at(-1) ?? null;
