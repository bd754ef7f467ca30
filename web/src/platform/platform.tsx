import type { Client, SocketConnection } from '@deltastream/client';
import { createContext, type ReactNode, use } from 'react';

/** The ways to the server; every panel asks and follows through them. */
export interface Platform {
  readonly client: Client;
  readonly socket: SocketConnection;
}

const PlatformContext = createContext<Platform | null>(null);

export function PlatformProvider({
  platform,
  children,
}: {
  readonly platform: Platform;
  readonly children: ReactNode;
}) {
  return <PlatformContext value={platform}>{children}</PlatformContext>;
}

export function usePlatform(): Platform {
  const platform = use(PlatformContext);
  if (!platform) throw new Error('usePlatform is called outside PlatformProvider');
  return platform;
}
