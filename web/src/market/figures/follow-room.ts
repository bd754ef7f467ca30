import type { FollowRequest, SocketConnection, UpdateOf } from '@deltastream/client';

/** What is known of a room. */
export interface RoomShown<U> {
  /** The newest that came; null before anything did, and where the server has nothing of the room. */
  readonly update: U | null;
  /** The server has said on this connection that this is the newest; otherwise it is only what was known last. */
  readonly current: boolean;
}

interface Scheduler {
  /** Calls back before the next frame, and in a tab that is not seen not before it is. */
  readonly request: (draw: () => void) => number;
  readonly cancel: (frame: number) => void;
}

const RETRY_MS = 2_000; // Seen as at once by a person, and one request of each page for the gateway.
const FRAMES: Scheduler = {
  request: (draw) => requestAnimationFrame(draw),
  cancel: (frame) => cancelAnimationFrame(frame),
};

/**
 * Follows a room until what it returns is called; `show` is called at most once a frame. Keeps trying while the server
 * refuses: right after its start it does not know every product yet.
 */
export function followRoom<R extends FollowRequest>(
  socket: Pick<SocketConnection, 'subscribe'>,
  request: R,
  show: (shown: RoomShown<UpdateOf<R>>) => void,
  frames: Scheduler = FRAMES,
): () => void {
  let left = false;
  let shown: RoomShown<UpdateOf<R>> = { update: null, current: false };
  let frame: number | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe = () => {};

  function become(next: Partial<typeof shown>): void {
    shown = { ...shown, ...next };
    frame ??= frames.request(() => {
      frame = null;
      show(shown);
    });
  }
  const offer = (update: UpdateOf<R>) => become({ update, current: true });

  async function follow(): Promise<void> {
    try {
      const followed = await socket.subscribe(request, offer, {
        onStanding: (standing) =>
          become(
            standing === 'empty' ? { update: null, current: true } : { current: standing === 'current' },
          ),
      });
      if (left) return followed.unsubscribe();
      unsubscribe = followed.unsubscribe;
      // A room of bars answers with those that it keeps, the newest last.
      const newest = ([followed.snapshot].flat() as (UpdateOf<R> | null)[]).at(-1) ?? null;
      become({ update: newest, current: true });
    } catch {
      if (!left) retry = setTimeout(() => void follow(), RETRY_MS);
    }
  }
  void follow();
  return () => {
    left = true;
    clearTimeout(retry);
    if (frame !== null) frames.cancel(frame);
    unsubscribe();
  };
}
