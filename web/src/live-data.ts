import type { ConnectionState, FollowRequest, SocketConnection, UpdateOf } from '@deltastream/client';
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';

const RETRY_MS = 2_000;

export function useConnectionState(socket: SocketConnection): ConnectionState {
  return useSyncExternalStore(
    (changed) => socket.onState(changed),
    () => socket.state,
  );
}

export interface Loaded<T> {
  readonly value: T | null;
  readonly failed: boolean;
}

/**
 * The answer to a request, asked again every `everyMs`, and sooner while it fails. `key` names what is
 * asked for: another key starts over with no answer, null asks for nothing.
 */
export function useAnswer<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { key: string | null }>({
    key,
    value: null,
    failed: false,
  });
  const askNow = useEffectEvent(ask);

  useEffect(() => {
    if (key === null) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function load(): Promise<void> {
      let pause = everyMs;
      try {
        const value = await askNow(leaving.signal);
        if (!leaving.signal.aborted) setLoaded({ key, value, failed: false });
      } catch {
        pause = RETRY_MS;
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
  }, [key, everyMs]);

  return loaded.key === key ? loaded : { value: null, failed: false };
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
