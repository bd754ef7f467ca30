import type { ConnectionState, MarketStatus, ReplayState } from '@deltastream/client';
import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { usePlatform } from '../../platform/platform.tsx';

export function useConnectionState(): ConnectionState {
  const { socket } = usePlatform();
  return useSyncExternalStore(
    (changed) => socket.onState(changed),
    () => socket.state,
  );
}

/** What the server last said of the market, and how this machine's clock stands to its. */
export interface ToldStatus extends MarketStatus {
  /** Milliseconds by which this clock is ahead of the server's; the way of the message is part of it. */
  readonly aheadMs: number;
  /** How the replay stands, as last told; null before anything was told of one. */
  readonly replay?: ReplayState | null;
}

export const MarketStatusContext = createContext<ToldStatus | null>(null);

/** What the server last said of the market; null before it has, and again while the connection is away. */
export const useMarketStatus = (): ToldStatus | null => use(MarketStatusContext);

/** What holds after another message, which names only the products whose session changed. */
export const withTold = (before: ToldStatus | null, told: MarketStatus, now: number): ToldStatus => ({
  ...told,
  sessions: { ...before?.sessions, ...told.sessions },
  phases: { ...before?.phases, ...told.phases },
  aheadMs: now - Date.parse(told.timestamp),
});

/** Follows what the server says of the market, for as long as the page is open. */
export function useToldStatus(): ToldStatus | null {
  const { socket } = usePlatform();
  const [status, setStatus] = useState<ToldStatus | null>(null);
  const [replay, setReplay] = useState<ReplayState | null>(null);
  useEffect(() => {
    // What another connection said need not hold for this one.
    const forget = () => {
      setStatus(null);
      setReplay(null);
    };
    forget();
    const stops = [
      socket.on('replay_state', setReplay),
      socket.on('market_status', (told) => setStatus((before) => withTold(before, told, Date.now()))),
      // What it said may no longer hold; it says so again when the connection is back.
      socket.onState((state) => state !== 'connected' && forget()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [socket]);
  return useMemo(() => status && { ...status, replay }, [status, replay]);
}

/** Every product that had a price while the page was open. */
export function useTraded(): ReadonlySet<string> {
  const { socket } = usePlatform();
  const [traded, setTraded] = useState<ReadonlySet<string>>(new Set());
  useEffect(
    () =>
      socket.on('market_summary', ({ products }) =>
        setTraded((before) =>
          products.every((product) => before.has(product)) ? before : new Set([...before, ...products]),
        ),
      ),
    [socket],
  );
  return traded;
}
