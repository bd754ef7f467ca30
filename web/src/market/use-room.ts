import type { FollowRequest, UpdateOf } from '@deltastream/client';
import { useEffect, useState } from 'react';
import { usePanelVisible } from '../panel/panel-visible.tsx';
import { usePlatform } from '../platform/platform.tsx';

const RETRY_MS = 2_000; // Seen as at once by a person, and one request of each page for the gateway.

/**
 * The newest state of a room, drawn at most once per frame and not at all in a hidden tab; null follows nothing.
 * A panel off the screen leaves the room and keeps the last state. Keeps trying while the server refuses: right after
 * its start it does not know every product yet.
 */
export function useRoom<R extends FollowRequest>(request: R | null): UpdateOf<R> | null {
  const { socket } = usePlatform();
  const visible = usePanelVisible();
  const key = request === null ? null : JSON.stringify(request);
  const [shown, setShown] = useState<{ readonly key: string; readonly update: UpdateOf<R> } | null>(null);

  useEffect(() => {
    if (key === null || !visible) return;
    let left = false;
    let newest: UpdateOf<R> | null = null;
    let frame = 0;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let unsubscribe = () => {};

    function offer(update: UpdateOf<R>): void {
      newest = update;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        if (newest !== null) setShown({ key: key as string, update: newest });
      });
    }
    async function follow(): Promise<void> {
      try {
        const followed = await socket.subscribe(JSON.parse(key as string) as R, offer);
        if (left) return followed.unsubscribe();
        unsubscribe = followed.unsubscribe;
        // A room of bars answers with those that it keeps, the newest last.
        for (const update of [followed.snapshot].flat()) if (update !== null) offer(update as UpdateOf<R>);
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
    };
  }, [socket, key, visible]);

  return shown !== null && shown.key === key ? shown.update : null;
}
