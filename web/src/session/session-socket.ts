import { type Client, connectSocket, type SocketConnection, SubscriptionError } from '@deltastream/client';
import type { BrowserSession } from './session-store.ts';

interface Parts {
  readonly session: BrowserSession;
  readonly client: Pick<Client, 'getMe'>;
  /** Opens a connection that asks for its token at each connect. */
  readonly connect?: (token: () => string | null) => SocketConnection;
}

export interface SessionSocket {
  /** The connection now; null before `start` and after `stop`. Another person's is another connection. */
  current(): SocketConnection | null;
  subscribe(listener: () => void): () => void;
  start(): void;
  stop(): void;
}

/** Pauses before a connection that the server closed is opened again. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000; // A person who looks again waits no longer for figures.
/** A connection that lasted so long was not closed for what it does at its start: the next pause is the first again. */
const LASTING_MS = LONGEST_PAUSE_MS;
/** Pause before a refresh that failed is tried again. */
const REFRESH_AGAIN_MS = 10_000;

/**
 * The live connection of the user who is logged in. It brings each newer token of the session, so that it lasts as the
 * session does, and it is opened anew for another person and when the server closed it: because its token was over,
 * such as while the machine slept, or for a reason that the next one may not meet.
 */
export function createSessionSocket({ session, client, connect = open }: Parts): SessionSocket {
  const listeners = new Set<() => void>();
  let connection: SocketConnection | null = null;
  let ignore = () => {};
  /** The token that the connection was authenticated with, or brought last. */
  let brought: string | null = null;
  let tries = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  let lasting: ReturnType<typeof setTimeout> | undefined;
  let refreshing: ReturnType<typeof setTimeout> | undefined;

  const tokenNow = () => session.get()?.token ?? null;

  function replace(next: (() => SocketConnection) | null): void {
    clearTimeout(again);
    clearTimeout(lasting);
    ignore();
    connection?.close();
    connection = next?.() ?? null;
    ignore = connection?.onState(changed) ?? (() => {});
    for (const listener of listeners) listener();
  }

  const reopen = () =>
    replace(() => {
      brought = tokenNow();
      return connect(() => {
        brought = tokenNow();
        return brought;
      });
    });

  function changed(state: SocketConnection['state']): void {
    clearTimeout(lasting);
    if (state === 'connected') {
      lasting = setTimeout(() => {
        tries = 0;
      }, LASTING_MS);
      bringToken();
      return;
    }
    if (state !== 'closed') return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
    tries += 1;
    again = setTimeout(() => void checkAndReopen(), pause);
  }

  async function checkAndReopen(): Promise<void> {
    const closed = connection;
    // Refreshes a session whose token is over, and ends one that is.
    const good =
      session.get() === null ||
      (await client.getMe().then(
        () => true,
        () => false,
      ));
    // A session that ended meanwhile has opened another connection.
    if (connection !== closed || closed === null) return;
    if (good) reopen();
    else changed('closed');
  }

  function bringToken(): void {
    const [to, token] = [connection, tokenNow()];
    if (to === null || token === brought) return;
    if (token === null || brought === null) {
      reopen();
      return;
    }
    // Otherwise it is asked for at the next connect.
    if (to.state !== 'connected') return;
    brought = token;
    to.authenticate(token).catch((error: unknown) => {
      // A token of another login; a server that is away is met again by reconnecting.
      const refused = error instanceof SubscriptionError && error.code === 'invalid_token';
      if (refused && connection === to) reopen();
    });
  }

  /** In a page that asks for nothing, too, the token must be renewed before the connection's is over. */
  function scheduleRefresh(at = session.get()?.refresh_at): void {
    clearTimeout(refreshing);
    if (at === undefined) return;
    refreshing = setTimeout(
      async () => {
        await client.getMe().catch(() => {});
        const next = session.get()?.refresh_at ?? Number.POSITIVE_INFINITY;
        if (connection !== null && next <= Date.now()) scheduleRefresh(Date.now() + REFRESH_AGAIN_MS);
      },
      Math.max(0, at - Date.now()),
    );
  }

  let stopListening = () => {};
  return {
    current: () => connection,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start() {
      stopListening = session.subscribe(() => {
        scheduleRefresh();
        bringToken();
      });
      scheduleRefresh();
      reopen();
    },
    stop() {
      stopListening();
      clearTimeout(refreshing);
      replace(null);
    },
  };
}

const open = (token: () => string | null): SocketConnection => connectSocket({ url: '', token });
