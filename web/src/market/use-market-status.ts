import type { ConnectionState, MarketStatus } from '@deltastream/client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { usePlatform } from '../platform/platform.tsx';

export function useConnectionState(): ConnectionState {
  const { socket } = usePlatform();
  return useSyncExternalStore(
    (changed) => socket.onState(changed),
    () => socket.state,
  );
}

/** What the server last said of the market; null before it has, and again while the connection is away. */
export function useMarketStatus(): MarketStatus | null {
  const { socket } = usePlatform();
  const [status, setStatus] = useState<MarketStatus | null>(null);
  useEffect(() => {
    const stops = [
      socket.on('market_status', setStatus),
      // What it said may no longer hold; it says so again when the connection is back.
      socket.onState((state) => state !== 'connected' && setStatus(null)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [socket]);
  return status;
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
