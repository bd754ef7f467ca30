import type { Client, SocketConnection } from '@deltastream/client';
import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { createSessionSocket } from '../session/session-socket.ts';
import type { BrowserSession, LoggedIn } from '../session/session-store.ts';

/** Requests to the server, and who sends them. */
export interface Server {
  readonly client: Client;
  readonly session: BrowserSession;
}

/** The ways to the server; every panel asks and follows through them. */
export interface Platform extends Server {
  readonly socket: SocketConnection;
}

export const ServerContext = createContext<Server | null>(null);
export const PlatformContext = createContext<Platform | null>(null);

interface ProviderProps {
  readonly children: ReactNode;
}

export function ServerProvider({ server, children }: ProviderProps & { readonly server: Server }) {
  return <ServerContext value={server}>{children}</ServerContext>;
}

/** Keeps the live connection of whoever is logged in; it is there once the reader may see the market. */
export function PlatformProvider({ children }: ProviderProps) {
  const server = useServer();
  const [live] = useState(() => createSessionSocket(server));
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  const socket = useSyncExternalStore(live.subscribe, live.current);
  const platform = useMemo(() => socket && { ...server, socket }, [server, socket]);
  if (platform === null) return null;
  return <PlatformContext value={platform}>{children}</PlatformContext>;
}

export function useServer(): Server {
  const server = use(ServerContext);
  if (!server) throw new Error('useServer is called outside ServerProvider');
  return server;
}

export function usePlatform(): Platform {
  const platform = use(PlatformContext);
  if (!platform) throw new Error('usePlatform is called outside PlatformProvider');
  return platform;
}

/** Who is logged in; null for nobody. */
export function useSession(): LoggedIn | null {
  const { session } = useServer();
  return useSyncExternalStore(session.subscribe, session.get);
}
