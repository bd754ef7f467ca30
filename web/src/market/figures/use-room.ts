import type { FollowRequest, SocketConnection, UpdateOf } from '@deltastream/client';
import { useEffect, useState } from 'react';
import { usePanelVisible } from '../../panel/panel-visible.tsx';
import { usePlatform } from '../../platform/platform.tsx';
import { followRoom, type RoomShown } from './follow-room.ts';

interface Kept<U> extends RoomShown<U> {
  /** What it came by: of another server or of another room nothing is shown. */
  readonly socket: SocketConnection;
  readonly key: string | null;
}

/**
 * The newest state of a room, drawn at most once per frame and not at all in a hidden tab; null follows nothing. A panel
 * off the screen leaves the room and keeps the last state, and so does one whose server is away: it is not `current` then.
 */
export function useRoom<R extends FollowRequest>(request: R | null): RoomShown<UpdateOf<R>> {
  const { socket } = usePlatform();
  const visible = usePanelVisible();
  const key = request === null ? null : JSON.stringify(request);
  const nothing = { socket, key, update: null, current: false };
  const [kept, setKept] = useState<Kept<UpdateOf<R>>>(nothing);
  const isOther = kept.socket !== socket || kept.key !== key;
  if (isOther) setKept(nothing);

  useEffect(() => {
    if (key === null || !visible) return;
    const stop = followRoom(socket, JSON.parse(key) as R, (shown) => setKept({ ...shown, socket, key }));
    return () => {
      stop();
      setKept((last) => (last.current ? { ...last, current: false } : last));
    };
  }, [socket, key, visible]);

  return isOther ? nothing : kept;
}
