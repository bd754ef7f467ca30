import { ApiError } from '@deltastream/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoggedIn } from '../session/session-store.ts';
import { DEFAULT_PREFERENCES, type Preferences } from './preferences.ts';
import { createPreferencesStore, type PreferencesStore } from './preferences-store.ts';

const problem = (status: number, code: ApiError['code']) =>
  new ApiError({ status, code, detail: code, remedy: '', request_id: '' });

/** What the server stores of one account: a change from another version than the stored one is refused. */
function createAccountPlace() {
  let stored: { version: number; document: Partial<Preferences> } = { version: 0, document: {} };
  let failure: ApiError | null = null;
  const sent: unknown[] = [];
  const view = () => ({ ...stored, updated_at: null });
  return {
    sent,
    stored: () => stored,
    /** As another device would. */
    put(document: Partial<Preferences>) {
      stored = { version: stored.version + 1, document };
    },
    fail(next: ApiError | null) {
      failure = next;
    },
    client: {
      async getPreferences() {
        if (failure) throw failure;
        return view();
      },
      async putPreferences({ version, document }: { version: number; document: Partial<Preferences> }) {
        sent.push(document);
        if (failure) throw failure;
        if (version !== stored.version) throw problem(409, 'version_conflict');
        stored = { version: version + 1, document };
        return view();
      },
    },
  };
}

/** A browser: its storage, and who is logged in. */
function createBrowser() {
  const values = new Map<string, string>();
  const events = new EventTarget();
  const listeners = new Set<() => void>();
  let user: string | null = null;
  return {
    events,
    storage: {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    },
    session: {
      get: () => (user === null ? null : ({ user: { id: user } } as LoggedIn)),
      subscribe(listener: () => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    logIn(id: string | null) {
      user = id;
      for (const listener of listeners) listener();
    },
  };
}

let account: ReturnType<typeof createAccountPlace>;
let browser: ReturnType<typeof createBrowser>;
const opened: PreferencesStore[] = [];
/** A page of the browser, as a reload opens it. */
const open = (on = browser) => {
  const store = createPreferencesStore({ ...on, client: account.client });
  opened.push(store);
  store.start();
  return store;
};
const settle = () => vi.advanceTimersByTimeAsync(1_000);

beforeEach(() => {
  vi.useFakeTimers();
  account = createAccountPlace();
  browser = createBrowser();
});
afterEach(() => {
  for (const store of opened.splice(0)) store.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('preferences without a login', () => {
  it('are kept in the browser, and nothing is sent', async () => {
    open().change({ theme: 'dark' });
    await settle();
    expect(open().get()).toEqual({
      preferences: { ...DEFAULT_PREFERENCES, theme: 'dark' },
      place: 'browser',
      problem: null,
    });
    expect(account.sent).toEqual([]);
  });

  it('of two tabs join, and each shows what the other chose', () => {
    const [one, other] = [open(), open()];
    one.change({ theme: 'dark' });
    other.change({ time: 'local' });
    const both = { ...DEFAULT_PREFERENCES, theme: 'dark', time: 'local' };
    expect(other.get().preferences).toEqual(both);
    browser.events.dispatchEvent(new Event('storage'));
    expect(one.get().preferences).toEqual(both);
    expect(open().get().preferences).toEqual(both);
  });

  it('last as long as the page where the browser stores nothing', () => {
    const storage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
    const store = open({ ...browser, storage });
    store.change({ theme: 'dark' });
    store.change({ time: 'local' });
    expect(store.get().preferences).toMatchObject({ theme: 'dark', time: 'local' });
  });
});

describe('preferences of an account', () => {
  it('that has none yet are what this browser chose, and are there on another device', async () => {
    const store = open();
    store.change({ theme: 'dark' });
    browser.logIn('u1');
    await settle();
    expect(store.get()).toMatchObject({ preferences: { theme: 'dark' }, place: 'account', problem: null });
    const chosen = { ...DEFAULT_PREFERENCES, theme: 'dark' };
    expect(account.stored()).toEqual({ version: 1, document: chosen });
    const device = createBrowser();
    device.logIn('u1');
    const other = open(device);
    await settle();
    expect(other.get().preferences).toEqual(chosen);
  });

  it('that has none yet are not stored where nothing was chosen', async () => {
    open();
    browser.logIn('u1');
    await settle();
    expect(account.sent).toEqual([]);
  });

  it('changed in two tabs that are closed before they could be sent are both sent later', async () => {
    browser.logIn('u1');
    const tabs = [open(), open()];
    await settle();
    tabs[0].change({ theme: 'dark' });
    tabs[1].change({ time: 'local' });
    for (const tab of tabs) tab.stop();
    account.put({ theme: 'light', time: 'exchange' });
    open();
    await settle();
    expect(account.stored().document).toMatchObject({ theme: 'dark', time: 'local' });
  });

  it('that another tab could not send yet outlive what this one sends', async () => {
    browser.logIn('u1');
    const [closed, store] = [open(), open()];
    await settle();
    closed.change({ theme: 'dark' });
    closed.stop();
    account.put({ theme: 'light' });
    store.change({ grouping: 'indian' });
    await settle();
    open();
    await settle();
    expect(account.stored().document).toMatchObject({ theme: 'dark', grouping: 'indian' });
  });

  it('are those of the server once it has any, whatever this browser chose', async () => {
    open().change({ theme: 'dark' });
    account.put({ theme: 'light', time: 'local' });
    browser.logIn('u1');
    const later = open();
    await settle();
    expect(later.get().preferences).toEqual({ ...DEFAULT_PREFERENCES, theme: 'light', time: 'local' });
    expect(account.sent).toEqual([]);
  });

  it('hold at once, are sent together a moment after the last change, and are there on another device', async () => {
    browser.logIn('u1');
    const store = open();
    await settle();
    store.change({ theme: 'light' });
    store.change({ theme: 'dark' });
    store.change({ grouping: 'indian' });
    expect(store.get().preferences).toMatchObject({ theme: 'dark', grouping: 'indian' });
    await settle();
    expect(account.sent).toEqual([{ ...DEFAULT_PREFERENCES, theme: 'dark', grouping: 'indian' }]);
    const device = createBrowser();
    device.logIn('u1');
    const other = open(device);
    await settle();
    expect(other.get().preferences).toEqual(store.get().preferences);
  });

  it('join with what another tab stored meanwhile; of one choice the later change holds', async () => {
    browser.logIn('u1');
    const store = open();
    await settle();
    account.put({ theme: 'light', grouping: 'western' });
    store.change({ theme: 'dark' });
    await settle();
    const joined = { ...DEFAULT_PREFERENCES, theme: 'dark', grouping: 'western' };
    expect(account.stored().document).toEqual(joined);
    expect(store.get()).toEqual({ preferences: joined, place: 'account', problem: null });
  });

  it('take a change that is made while one is sent', async () => {
    browser.logIn('u1');
    const store = open();
    await settle();
    const { putPreferences } = account.client;
    vi.spyOn(account.client, 'putPreferences').mockImplementationOnce(async (change) => {
      store.change({ time: 'local' });
      return putPreferences(change);
    });
    store.change({ theme: 'dark' });
    await settle();
    expect(account.stored().document).toMatchObject({ theme: 'dark', time: 'local' });
  });

  it('are kept in the browser and said while the server is away, and sent when it is back', async () => {
    browser.logIn('u1');
    const store = open();
    await settle();
    account.fail(problem(0, 'unavailable'));
    store.change({ theme: 'dark' });
    await settle();
    expect(store.get()).toMatchObject({ preferences: { theme: 'dark' }, problem: { code: 'unavailable' } });
    account.fail(null);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(store.get().problem).toBeNull();
    expect(account.stored().document).toMatchObject({ theme: 'dark' });
  });

  it('outlive a reload that comes before they could be sent, for the same person only', async () => {
    browser.logIn('u1');
    const store = open();
    await settle();
    store.change({ theme: 'dark' });
    store.stop();
    account.put({ theme: 'light', time: 'local' });
    browser.logIn('u2');
    await settle();
    const other = open();
    await settle();
    expect(other.get().preferences.theme).toBe('light');
    browser.logIn('u1');
    await settle();
    expect(other.get().preferences).toMatchObject({ theme: 'dark', time: 'local' });
    expect(account.stored().document).toMatchObject({ theme: 'dark', time: 'local' });
  });

  it('that are refused are said, and not sent again before the next change', async () => {
    browser.logIn('u1');
    const store = open();
    await settle();
    account.fail(problem(400, 'invalid_request'));
    store.change({ theme: 'dark' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.get().problem).toMatchObject({ code: 'invalid_request' });
    expect(account.sent).toHaveLength(1);
    account.fail(null);
    store.change({ time: 'local' });
    await settle();
    expect(store.get().problem).toBeNull();
    expect(account.stored().document).toMatchObject({ theme: 'dark', time: 'local' });
  });
});
