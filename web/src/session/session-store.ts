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
  /** Somebody logs out and the server is being told, in any tab: nobody is logged in, and the login may come back. */
  isEnding(): boolean;
  /** Runs `logout`, which ends the session, so that every tab knows that it is being tried. */
  ending<T>(logout: () => Promise<T>): Promise<T>;
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
/** A logout is no longer taken for one that is being tried: its tab was closed, as a request gets a response or none in 15 s. */
const LONGEST_ENDING_MS = 20_000;
/** A tab that comes back from the browser's cache, from being frozen or from the background. */
const RETURNS = ['pageshow', 'resume', 'visibilitychange'];

/** The login of this browser: it outlives a reload, and tabs share it. */
export function createBrowserSession({ storage, events, locks }: Shared): BrowserSession {
  const listeners = new Set<() => void>();
  /** What the storage had last: where it keeps nothing, a login lasts as long as this page. */
  let stored = storage.getItem(KEY);
  let text = stored;
  let session = readSession(text);
  /** Until when what is stored says that a logout is being tried; null where it does not. */
  let endingUntil = readEnding(text);
  let forgets: ReturnType<typeof setTimeout> | undefined;
  /** This tab is trying it. */
  let endsHere = false;
  awaitEnd();

  function take(next: string | null): void {
    if (next === text) return;
    text = next;
    session = readSession(next);
    endingUntil = readEnding(next);
    awaitEnd();
    for (const listener of listeners) listener();
  }
  function awaitEnd(): void {
    clearTimeout(forgets);
    if (endingUntil === null) return;
    const waits = Math.min(Math.max(0, endingUntil - Date.now()), LONGEST_ENDING_MS);
    forgets = setTimeout(() => {
      endingUntil = null;
      for (const listener of listeners) listener();
    }, waits);
  }
  function read(): void {
    const now = storage.getItem(KEY);
    if (now === stored) return;
    stored = now;
    take(now);
  }
  for (const event of ['storage', ...RETURNS]) events.addEventListener(event, read);

  function set(next: Session | null): void {
    write(next === null && endsHere ? { ending_until: Date.now() + LONGEST_ENDING_MS } : next);
  }
  function write(value: object | null): void {
    const json = value && JSON.stringify(value);
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
    isEnding: () => endingUntil !== null,
    async ending(logout) {
      endsHere = true;
      try {
        return await logout();
      } finally {
        endsHere = false;
        read();
        // Unless the login came back, or somebody logged in meanwhile.
        if (session === null) write(null);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Until when a logout is being tried, UTC milliseconds; null where the JSON does not say so. */
function readEnding(json: string | null): number | null {
  try {
    const stored = json === null ? null : (JSON.parse(json) as { ending_until?: unknown } | null);
    return typeof stored?.ending_until === 'number' ? stored.ending_until : null;
  } catch {
    return null;
  }
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
