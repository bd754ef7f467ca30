import type { ResponseOf, Routes, Session, SessionStore } from '@deltastream/client';

/** Who is logged in, with the tokens of the login. */
export type LoggedIn = Session & { readonly user: ResponseOf<Routes['login']>['user'] };

export interface BrowserSession extends SessionStore {
  /** The same object until it changes. */
  get(): LoggedIn | null;
  /** Calls the listener at every change, of other tabs too; what it returns stops that. */
  subscribe(listener: () => void): () => void;
}

/** Where tabs of one origin share it. Pages of another origin can neither read it nor hear of its changes. */
interface Shared {
  /** Throws nothing: see `guardedStorage`. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Its `storage` events tell what other tabs changed. */
  readonly events: EventTarget;
}

const KEY = 'deltastream.session';

/** The login of this browser: it outlives a reload, and tabs share it. */
export function createBrowserSession({ storage, events }: Shared): BrowserSession {
  const listeners = new Set<() => void>();
  let text = storage.getItem(KEY);
  let session = readSession(text);

  function take(next: string | null): void {
    if (next === text) return;
    text = next;
    session = readSession(next);
    for (const listener of listeners) listener();
  }
  events.addEventListener('storage', (event) => {
    const { key } = event as StorageEvent;
    // Null: everything was cleared.
    if (key === KEY || key === null) take(storage.getItem(KEY));
  });

  return {
    get: () => session,
    set(next) {
      const json = next && JSON.stringify(next);
      if (json === null) storage.removeItem(KEY);
      else storage.setItem(KEY, json);
      // Where the storage is full or switched off the login lasts as long as this page.
      take(json);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A session out of JSON that anybody may have written; null when it is not one. */
function readSession(json: string | null): LoggedIn | null {
  if (json === null) return null;
  try {
    const session = JSON.parse(json) as LoggedIn;
    const texts = [session.token, session.refresh_token, session.user.email, session.user.role];
    return texts.every((each) => typeof each === 'string') ? session : null;
  } catch {
    return null;
  }
}
