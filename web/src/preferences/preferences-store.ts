import { ApiError, type Client } from '@deltastream/client';
import type { BrowserSession } from '../session/session-store.ts';
import {
  chosenOf,
  DEFAULT_PREFERENCES,
  differences,
  type Preferences,
  readJson,
  readPreferences,
} from './preferences.ts';

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
  /** Its `storage` events tell what other tabs changed. */
  readonly events: EventTarget;
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
export function createPreferencesStore(places: PreferencesPlaces): PreferencesStore {
  const { client, session, storage, events } = places;
  const listeners = new Set<() => void>();
  /** What the storage had last: where it keeps nothing, a choice lasts as long as this page. */
  let kept = storage.getItem(KEY);
  let state: PreferencesState = {
    preferences: readPreferences(kept),
    place: 'browser',
    problem: null,
  };
  let person: string | null = null;
  /** What was changed in this tab; the storage has that of other tabs, too. */
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
    kept = storage.getItem(KEY);
    show({ preferences });
  };
  /** What another tab chose meanwhile. */
  const read = () => {
    const now = storage.getItem(KEY);
    if (now === kept) return;
    kept = now;
    if (now !== null) show({ preferences: { ...readPreferences(now), ...unsent } });
  };
  const unsentOfTabs = () => (person === null ? {} : unsentOf(storage.getItem(UNSENT_KEY), person));
  const keepUnsent = (added: Partial<Preferences>, sent: Partial<Preferences> = {}) => {
    unsent = differences({ ...unsent, ...added }, sent);
    const changes = differences({ ...unsentOfTabs(), ...unsent }, sent);
    if (Object.keys(changes).length === 0) storage.removeItem(UNSENT_KEY);
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
    if (version === 0) keepUnsent({ ...differences(state.preferences, DEFAULT_PREFERENCES), ...unsent });
    take({ ...DEFAULT_PREFERENCES, ...chosenOf(stored.document), ...unsentOfTabs(), ...unsent });
  };
  const save = async (signal: AbortSignal) => {
    const change = { version: version ?? 0, document: state.preferences };
    const stored = await client.putPreferences(change, { signal });
    signal.throwIfAborted();
    version = stored.version;
    keepUnsent({}, change.document);
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
    unsent = unsentOfTabs();
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
      read();
      take({ ...state.preferences, ...changes });
      if (person === null) return;
      keepUnsent({ ...unsent, ...changes });
      synchroniseIn(SAVE_AFTER_MS);
    },
    start() {
      unsubscribe ??= session.subscribe(follow);
      events.addEventListener('storage', read);
      read();
      follow();
    },
    stop() {
      unsubscribe?.();
      unsubscribe = null;
      events.removeEventListener('storage', read);
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
