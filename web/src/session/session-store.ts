import type { ResponseOf, Routes, Session, SessionStore } from '@deltastream/client';

/** Who is logged in, with the tokens of the login. */
export type LoggedIn = Session & { readonly user: ResponseOf<Routes['login']>['user'] };

export interface BrowserSession extends SessionStore {
  /** The same object until it changes. */
  get(): LoggedIn | null;
  /**
   * For requests: reads what is stored first, as a tab that was frozen is not told of what other tabs changed before
   * it asks; and refreshes one tab at a time.
   */
  readonly shared: SessionStore;
  /** Calls the listener at every change, of other tabs too; what it returns stops that. */
  subscribe(listener: () => void): () => void;
}

/** Where tabs of one origin share it. Pages of another origin can neither read it nor hear of its changes. */
interface Shared {
  /** Throws nothing: see `guardedStorage`. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Its `storage` events tell what other tabs changed, the others that this one was away. */
  readonly events: EventTarget;
  /** Held by one tab at a time; pages of a plain address other than localhost have none. */
  readonly locks?: Pick<LockManager, 'request'>;
}

const KEY = 'deltastream.session';
/** A tab that comes back from the browser's cache, from being frozen or from the background. */
const RETURNS = ['pageshow', 'resume', 'visibilitychange'];

/** The login of this browser: it outlives a reload, and tabs share it. */
export function createBrowserSession({ storage, events, locks }: Shared): BrowserSession {
  const listeners = new Set<() => void>();
  /** What the storage had last: where it keeps nothing, a login lasts as long as this page. */
  let stored = storage.getItem(KEY);
  let text = stored;
  let session = readSession(text);

  function take(next: string | null): void {
    if (next === text) return;
    text = next;
    session = readSession(next);
    for (const listener of listeners) listener();
  }
  function read(): void {
    const now = storage.getItem(KEY);
    if (now === stored) return;
    stored = now;
    take(now);
  }
  for (const event of ['storage', ...RETURNS]) events.addEventListener(event, read);

  function set(next: Session | null): void {
    const json = next && JSON.stringify(next);
    if (json === null) storage.removeItem(KEY);
    else storage.setItem(KEY, json);
    stored = storage.getItem(KEY);
    take(json);
  }

  return {
    get: () => session,
    set,
    shared: {
      get() {
        read();
        return session;
      },
      set,
      exclusive: (work) => (locks ? locks.request(KEY, work) : work()),
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
