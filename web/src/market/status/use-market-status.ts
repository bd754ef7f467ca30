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
  /** Whose figures are those of a replay; none without. */
  readonly replayed?: ReadonlySet<string>;
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

const NONE: ReadonlySet<string> = new Set();

/** The products that a replay shows; the same set while they are the same, as the server says it each second. */
export function withReplay(
  before: ReadonlySet<string>,
  { state, products }: Pick<ReplayState, 'state' | 'products'>,
): ReadonlySet<string> {
  if (state === 'stopped' || state === 'failed') return NONE;
  const isSame = products.length === before.size && products.every((product) => before.has(product));
  return isSame ? before : new Set(products);
}

/** Follows what the server says of the market, for as long as the page is open. */
export function useToldStatus(): ToldStatus | null {
  const { socket } = usePlatform();
  const [status, setStatus] = useState<ToldStatus | null>(null);
  const [replayed, setReplayed] = useState(NONE);
  useEffect(() => {
    // What another connection said need not hold for this one.
    const forget = () => {
      setStatus(null);
      setReplayed(NONE);
    };
    forget();
    const stops = [
      socket.on('replay_state', (told) => setReplayed((before) => withReplay(before, told))),
      socket.on('market_status', (told) => setStatus((before) => withTold(before, told, Date.now()))),
      // What it said may no longer hold; it says so again when the connection is back.
      socket.onState((state) => state !== 'connected' && forget()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [socket]);
  return useMemo(() => status && { ...status, replayed }, [status, replayed]);
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
