import { ApiError, type Client } from '@deltastream/client';
import type { BrowserSession } from '../session/session-store.ts';
import { chosenOf, type Preferences, readJson, readPreferences } from './preferences.ts';

export interface PreferencesState {
  readonly preferences: Preferences;
  /** Where a change goes: into this browser, or to the account as well. */
  readonly place: 'browser' | 'account';
  /** Why the last change is in this browser alone although somebody is logged in. */
  readonly problem: Error | null;
}

export interface PreferencesStore {
  /** The same object until it changes. */
  get(): PreferencesState;
  subscribe(listener: () => void): () => void;
  /** Holds here at once, and is stored with the account a moment later. */
  change(changes: Partial<Preferences>): void;
  /** Follows who is logged in. */
  start(): void;
  stop(): void;
}

export interface PreferencesPlaces {
  readonly client: Pick<Client, 'getPreferences' | 'putPreferences'>;
  readonly session: Pick<BrowserSession, 'get' | 'subscribe'>;
  /** Throws nothing: see `guardedStorage`. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

const KEY = 'deltastream.preferences';
/** What an account chose here and the server does not have yet, so that it outlives a reload. */
const UNSENT_KEY = 'deltastream.preferences.unsent';
/** So long after the last change, so that who goes through the choices sends one. */
const SAVE_AFTER_MS = 500;
/** While the server cannot be reached. */
const TRY_AGAIN_MS = 15_000;
/** Tabs that save at the same time; each conflict is one that got ahead. */
const MAX_CONFLICTS = 5;

/**
 * Preferences of who is logged in, kept on the server and in this browser, or in this browser alone while nobody is.
 * What another tab or device stored meanwhile stays, but for the choices that were changed here.
 */
export function createPreferencesStore({ client, session, storage }: PreferencesPlaces): PreferencesStore {
  const listeners = new Set<() => void>();
  let state: PreferencesState = {
    preferences: readPreferences(storage.getItem(KEY)),
    place: 'browser',
    problem: null,
  };
  let person: string | null = null;
  let unsent: Partial<Preferences> = {};
  /** Of what the server holds; null while that is not known. */
  let version: number | null = null;
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: (() => void) | null = null;

  const show = (changes: Partial<PreferencesState>) => {
    state = { ...state, ...changes };
    for (const listener of listeners) listener();
  };
  const take = (preferences: Preferences) => {
    storage.setItem(KEY, JSON.stringify(preferences));
    show({ preferences });
  };
  const keepUnsent = (changes: Partial<Preferences>) => {
    unsent = changes;
    if (Object.keys(unsent).length === 0) storage.removeItem(UNSENT_KEY);
    else storage.setItem(UNSENT_KEY, JSON.stringify({ person, changes }));
  };
  const synchroniseIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void synchronise(), ms);
  };

  const load = async (signal: AbortSignal) => {
    const stored = await client.getPreferences({}, { signal });
    signal.throwIfAborted();
    version = stored.version;
    // An account that has stored nothing yet begins with what this browser shows.
    const given = version === 0 ? state.preferences : chosenOf(stored.document);
    take({ ...readPreferences(null), ...given, ...unsent });
  };
  const save = async (signal: AbortSignal) => {
    const sent = unsent;
    const change = { version: version ?? 0, document: state.preferences };
    const stored = await client.putPreferences(change, { signal });
    signal.throwIfAborted();
    version = stored.version;
    const isLeft = ([name, value]: [string, unknown]) => sent[name as keyof Preferences] !== value;
    keepUnsent(Object.fromEntries(Object.entries(unsent).filter(isLeft)));
  };

  /** Reads what the server holds where that is not known, and sends what it does not have. One runs at a time. */
  async function synchronise(): Promise<void> {
    if (person === null || running !== null) return;
    const mine = new AbortController();
    running = mine;
    try {
      for (let conflicts = 0; version === null || Object.keys(unsent).length > 0; ) {
        if (version === null) await load(mine.signal);
        else {
          await save(mine.signal).catch((error: unknown) => {
            if (!isConflict(error) || ++conflicts > MAX_CONFLICTS) throw error;
            version = null;
          });
        }
      }
      show({ place: 'account', problem: null });
    } catch (error) {
      if (mine.signal.aborted) return;
      show({ problem: error as Error });
      if (!isRefusal(error)) synchroniseIn(TRY_AGAIN_MS);
    } finally {
      if (running === mine) running = null;
    }
  }

  const leave = () => {
    clearTimeout(timer);
    running?.abort();
    running = null;
    person = null;
    version = null;
  };
  const follow = () => {
    const now = session.get()?.user.id ?? null;
    if (now === person) return;
    leave();
    person = now;
    unsent = now === null ? {} : unsentOf(storage.getItem(UNSENT_KEY), now);
    show({ place: 'browser', problem: null });
    void synchronise();
  };

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change(changes) {
      take({ ...state.preferences, ...changes });
      if (person === null) return;
      keepUnsent({ ...unsent, ...changes });
      synchroniseIn(SAVE_AFTER_MS);
    },
    start() {
      unsubscribe ??= session.subscribe(follow);
      follow();
    },
    stop() {
      unsubscribe?.();
      unsubscribe = null;
      leave();
    },
  };
}

const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'version_conflict';

/** The server was reached and does not take it: the same would be refused again. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

/** What this person changed here and could not send. */
function unsentOf(json: string | null, person: string): Partial<Preferences> {
  const stored = readJson(json) as { readonly person?: unknown; readonly changes?: unknown } | null;
  return stored?.person === person ? chosenOf(stored.changes) : {};
}
