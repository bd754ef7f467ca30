import { ApiError } from './api-error.ts';

/** What a login returns, as far as a client needs it later. */
export interface Session {
  readonly token: string;
  readonly refresh_token: string;
  /** From when on the client refreshes it by itself; UTC milliseconds of this machine's clock, as `expires_at` is. */
  readonly refresh_at?: number;
  /** When the token is over. Without it the token is used until it is refused. */
  readonly expires_at?: number;
}

/** Share of a token's life after which it is refreshed. */
const REFRESH_AFTER = 0.8;

/** A session as it was just received, with its times by this machine's clock. */
export function receivedSession(
  response: Session & { readonly expires_in?: number },
  now = Date.now(),
): Session {
  const { expires_in } = response;
  if (expires_in === undefined) return response;
  const lifeMs = expires_in * 1_000;
  return { ...response, refresh_at: now + REFRESH_AFTER * lifeMs, expires_at: now + lifeMs };
}

/** Stores what a refresh returned, unless there was a logout or another login meanwhile, which must stand. */
export function storeSuccessor(store: SessionStore, refreshToken: string, successor: Session): void {
  if (store.get()?.refresh_token === refreshToken) store.set(successor);
}

/** Where a client keeps its session: in memory, or wherever the application wants it to outlive the page. */
export interface SessionStore {
  get(): Session | null;
  /** Null when the session has ended. */
  set(session: Session | null): void;
  /**
   * Runs `work` while no other holder of the same session does, such as another tab, so that a refresh token is used
   * once. Without it this client is the only one.
   */
  exclusive?<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Ends a session for its holders first, so that none of them asks with it once the server has ended it, too. It is theirs
 * again when the server could not be told.
 */
export async function loggedOut<T>(
  store: SessionStore,
  logout: (token: string | null) => Promise<T>,
): Promise<T> {
  const session = store.get();
  store.set(null);
  try {
    return await logout(session?.token ?? null);
  } catch (error) {
    if (store.get() === null) store.set(session);
    throw error;
  }
}

export function memorySession(initial: Session | null = null): SessionStore {
  let session = initial;
  return {
    get: () => session,
    set(next) {
      session = next;
    },
  };
}

/**
 * Runs requests with the token of a session. Late in the token's life the session is refreshed beside the request, and
 * before it once the token is over, so that none is sent to be refused. One that is refused because the token is no longer good is run once
 * more with a refreshed one; requests that are refused at the same time share one refresh. When the session
 * itself has ended the store is emptied and the refusal thrown.
 */
export function createRefreshing(store: SessionStore, refresh: (refreshToken: string) => Promise<Session>) {
  let refreshing: Promise<void> | null = null;

  const renew = async ({ refresh_token }: Session): Promise<void> => {
    // Another holder has refreshed it, or it has ended, while this one waited.
    if (store.get()?.refresh_token !== refresh_token) return;
    try {
      storeSuccessor(store, refresh_token, await refresh(refresh_token));
    } catch (error) {
      // Somebody may have logged in meanwhile, whose session must stay.
      const stillTheSame = store.get()?.refresh_token === refresh_token;
      if (stillTheSame && error instanceof ApiError && error.status === 401) store.set(null);
      throw error;
    }
  };

  const renewOnce = (session: Session): Promise<void> => {
    const work = () => renew(session);
    refreshing ??= (store.exclusive?.(work) ?? work()).finally(() => {
      refreshing = null;
    });
    return refreshing;
  };

  const renewWhenDue = async (session: Session): Promise<void> => {
    const { refresh_at = Number.POSITIVE_INFINITY, expires_at = Number.POSITIVE_INFINITY } = session;
    const now = Date.now();
    if (now >= expires_at) await renewOnce(session);
    // The token is still good, so a failure is only tried again by a later request.
    else if (now >= refresh_at) renewOnce(session).catch(() => {});
  };

  return async <T>(work: (token: string | null) => Promise<T>): Promise<T> => {
    const stored = store.get();
    if (stored) await renewWhenDue(stored);
    const before = store.get();
    try {
      return await work(before?.token ?? null);
    } catch (error) {
      if (before === null || !(error instanceof ApiError) || error.code !== 'invalid_token') throw error;
      const now = store.get();
      if (now === null) throw error;
      // Another request has refreshed already when the token is a different one.
      if (now.token === before.token) await renewOnce(now);
      return work(store.get()?.token ?? null);
    }
  };
}
