import { ApiError } from './api-error.ts';

/** What a login returns, as far as a client needs it later. */
export interface Session {
  readonly token: string;
  readonly refresh_token: string;
}

/** Where a client keeps its session: in memory, or wherever the application wants it to outlive the page. */
export interface SessionStore {
  get(): Session | null;
  /** Null when the session has ended. */
  set(session: Session | null): void;
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
 * Runs requests with the token of a session. One that is refused because the token is no longer good is run once
 * more with a refreshed one; requests that are refused at the same time share one refresh. When the session
 * itself has ended the store is emptied and the refusal thrown.
 */
export function createRefreshing(store: SessionStore, refresh: (refreshToken: string) => Promise<Session>) {
  let refreshing: Promise<void> | null = null;

  const renew = async ({ refresh_token }: Session): Promise<void> => {
    try {
      store.set(await refresh(refresh_token));
    } catch (error) {
      // Somebody may have logged in meanwhile, whose session must stay.
      const stillTheSame = store.get()?.refresh_token === refresh_token;
      if (stillTheSame && error instanceof ApiError && error.status === 401) store.set(null);
      throw error;
    }
  };

  return async <T>(work: (token: string | null) => Promise<T>): Promise<T> => {
    const before = store.get();
    try {
      return await work(before?.token ?? null);
    } catch (error) {
      if (before === null || !(error instanceof ApiError) || error.code !== 'invalid_token') throw error;
      const now = store.get();
      if (now === null) throw error;
      // Another request has refreshed already when the token is a different one.
      if (now.token === before.token) {
        refreshing ??= renew(now).finally(() => {
          refreshing = null;
        });
        await refreshing;
      }
      return work(store.get()?.token ?? null);
    }
  };
}
