import type {
  ConnectionState,
  FollowRequest,
  MarketStatus,
  SocketConnection,
  UpdateOf,
} from '@deltastream/client';
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';

const RETRY_MS = 2_000; // Seen as at once by a person, and one request of each page for the gateway.

export function useConnectionState(socket: SocketConnection): ConnectionState {
  return useSyncExternalStore(
    (changed) => socket.onState(changed),
    () => socket.state,
  );
}

/** What the server last said of the market; null before it has, and again while the connection is away. */
export function useMarketStatus(socket: SocketConnection): MarketStatus | null {
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

export interface Loaded<T> {
  readonly value: T | null;
  readonly failed: boolean;
}

/**
 * The response to a request, asked again after the pause that suits it, sooner while it fails, and at once when
 * `occasion` changes. `key` names what is asked for: another key starts over with no response, null asks for
 * nothing.
 */
export function useResponse<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  pauseMs: (response: T) => number,
  occasion: unknown = null,
): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { key: string | null }>({
    key,
    value: null,
    failed: false,
  });
  const askNow = useEffectEvent(ask);
  const pauseAfter = useEffectEvent(pauseMs);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another occasion asks again.
  useEffect(() => {
    if (key === null) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function load(): Promise<void> {
      let pause = RETRY_MS;
      try {
        const value = await askNow(leaving.signal);
        if (leaving.signal.aborted) return;
        pause = pauseAfter(value);
        setLoaded({ key, value, failed: false });
      } catch {
        if (!leaving.signal.aborted) {
          setLoaded((before) => ({ key, value: before.key === key ? before.value : null, failed: true }));
        }
      }
      if (!leaving.signal.aborted) timer = setTimeout(() => void load(), pause);
    }
    void load();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [key, occasion]);

  return loaded.key === key ? loaded : { value: null, failed: false };
}

/** Every product that had a price while the page was open. */
export function useTraded(socket: SocketConnection): ReadonlySet<string> {
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

/**
 * The newest state of a room, drawn at most once per frame and not at all in a hidden tab. Keeps trying
 * while the server refuses: right after its start it does not know every product yet.
 */
export function useRoom<R extends FollowRequest>(socket: SocketConnection, request: R): UpdateOf<R> | null {
  const [shown, setShown] = useState<UpdateOf<R> | null>(null);
  const key = JSON.stringify(request);

  useEffect(() => {
    let left = false;
    let newest: UpdateOf<R> | null = null;
    let frame = 0;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let unsubscribe = () => {};

    function offer(update: UpdateOf<R>): void {
      newest = update;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setShown(newest);
      });
    }
    async function follow(): Promise<void> {
      try {
        const followed = await socket.subscribe(JSON.parse(key) as R, offer);
        if (left) return followed.unsubscribe();
        unsubscribe = followed.unsubscribe;
        if (followed.snapshot !== null) offer(followed.snapshot as UpdateOf<R>);
      } catch {
        if (!left) retry = setTimeout(() => void follow(), RETRY_MS);
      }
    }
    void follow();
    return () => {
      left = true;
      clearTimeout(retry);
      cancelAnimationFrame(frame);
      unsubscribe();
      setShown(null);
    };
  }, [socket, key]);

  return shown;
}
