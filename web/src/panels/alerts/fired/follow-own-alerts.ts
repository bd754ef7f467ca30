import { type SocketConnection, SubscriptionError, type UpdateOf } from '@deltastream/client';

export type OwnAlert = UpdateOf<{ type: 'own_alerts' }>;

/** Seen as at once by a person, and one request of each page for the gateway. */
const RETRY_MS = 2_000;
/** Who the server does not take is told so at each try: another login is another connection, which begins anew. */
const REFUSED: ReadonlySet<string> = new Set(['unauthenticated', 'invalid_token', 'forbidden']);

interface Listeners {
  readonly onFiring: (firing: OwnAlert) => void;
  /** The server tells of them from now on. */
  readonly onFollowed?: () => void;
}

/**
 * Follows what the rules of the reader fire from now on, until what it returns is called. Each firing is told once, whatever
 * connection brought it; what fired before is not told.
 */
export function followOwnAlerts(
  socket: Pick<SocketConnection, 'subscribe'>,
  owner: 'me' | 'operator',
  { onFiring, onFollowed }: Listeners,
): () => void {
  let left = false;
  let newest = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe = () => {};
  /** Those that came before it is known what had fired before. */
  let early: OwnAlert[] | null = [];

  function take(firing: OwnAlert): void {
    if (early !== null) early.push(firing);
    else if (firing.seq > newest) {
      newest = firing.seq;
      onFiring(firing);
    }
  }

  async function follow(): Promise<void> {
    try {
      const followed = await socket.subscribe({ type: 'own_alerts', owner }, take);
      if (left) return followed.unsubscribe();
      unsubscribe = followed.unsubscribe;
      const before = followed.snapshot.map(({ seq }) => seq);
      newest = Math.max(newest, ...before);
      const waited = early ?? [];
      early = null;
      onFollowed?.();
      for (const firing of waited) take(firing);
    } catch (error) {
      if (left || (error instanceof SubscriptionError && REFUSED.has(error.code))) return;
      retry = setTimeout(() => void follow(), RETRY_MS);
    }
  }
  void follow();
  return () => {
    left = true;
    clearTimeout(retry);
    unsubscribe();
  };
}
