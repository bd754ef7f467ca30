import { createClient } from '@deltastream/client';
import { describe, expect, it, vi } from 'vitest';
import { guardedStorage } from '../platform/browser-storage.ts';
import { createBrowserSession } from './session-store.ts';

/** Tabs of one browser: a change in one is an event in the others. */
function browser() {
  const values = new Map<string, string>();
  const tabs = new Set<EventTarget>();
  return {
    values,
    tab(locks?: LockManager) {
      const events = new EventTarget();
      tabs.add(events);
      const tell = (key: string) => {
        const event = Object.assign(new Event('storage'), { key });
        for (const other of tabs) if (other !== events) other.dispatchEvent(event);
      };
      return createBrowserSession({
        events,
        locks,
        storage: {
          getItem: (key) => values.get(key) ?? null,
          setItem(key, value) {
            values.set(key, value);
            tell(key);
          },
          removeItem(key) {
            values.delete(key);
            tell(key);
          },
        },
      });
    },
  };
}

const SESSION = {
  token: 't1',
  refresh_token: 'r1',
  user: { id: 'u', email: 'a@example.com', name: 'A', role: 'viewer' },
} as const;

describe('the login of a browser', () => {
  it('outlives a reload, is shared by tabs, and ends in all of them', () => {
    const { tab } = browser();
    const [first, second] = [tab(), tab()];
    const told = vi.fn();
    second.subscribe(told);
    first.set(SESSION);
    expect(second.get()).toEqual(SESSION);
    expect(tab().get()).toEqual(SESSION);
    expect(second.get()).toBe(second.get());
    second.set(null);
    expect(first.get()).toBeNull();
    expect(told).toHaveBeenCalledTimes(2);
  });

  it('is read from the storage before a request of a tab that was frozen, and told to those who listen', () => {
    const { tab, values } = browser();
    const [first, frozen] = [tab(), tab()];
    first.set(SESSION);
    // Storage events do not reach a tab that is frozen.
    const refreshed = { ...SESSION, token: 't2', refresh_token: 'r2' };
    values.set('deltastream.session', JSON.stringify(refreshed));
    const told = vi.fn();
    frozen.subscribe(told);
    expect(frozen.get()).toEqual(SESSION);
    expect(frozen.shared.get()).toEqual(refreshed);
    expect(frozen.get()).toEqual(refreshed);
    expect(told).toHaveBeenCalledTimes(1);
    values.delete('deltastream.session');
    expect(frozen.shared.get()).toBeNull();
  });

  it('is read again when the tab is seen again', () => {
    const events = new EventTarget();
    const values = new Map([['deltastream.session', JSON.stringify(SESSION)]]);
    const storage = { getItem: (key: string) => values.get(key) ?? null, setItem() {}, removeItem() {} };
    const session = createBrowserSession({ events, storage });
    values.clear();
    events.dispatchEvent(new Event('resume'));
    expect(session.get()).toBeNull();
  });

  it('refreshes a token in one tab at a time, each with the newest', async () => {
    const { tab } = browser();
    const used: string[] = [];
    let held: Promise<unknown> = Promise.resolve();
    const locks = {
      request: (_name: string, work: () => Promise<unknown>) => {
        held = held.then(work);
        return held;
      },
    } as unknown as LockManager;
    const tabs = [tab(locks), tab(locks)];
    tabs[0].set({ ...SESSION, expires_at: 1 } as never);
    const clients = tabs.map((each) =>
      createClient({
        baseUrl: 'http://localhost',
        session: each.shared,
        fetch: async (url, init) => {
          if (!String(url).endsWith('/refresh')) return Response.json({});
          const { refresh_token } = JSON.parse(String(init?.body));
          used.push(refresh_token);
          return Response.json({ ...SESSION, token: 't2', refresh_token: 'r2', expires_in: 900 });
        },
      }),
    );
    await Promise.all(clients.map((client) => client.getMe()));
    expect(used).toEqual(['r1']);
    expect(tabs.map((each) => each.get()?.refresh_token)).toEqual(['r2', 'r2']);
  });

  it('is not told again of what it has', () => {
    const session = browser().tab();
    const told = vi.fn();
    session.subscribe(told)();
    session.set(SESSION);
    expect(told).not.toHaveBeenCalled();
    session.subscribe(told);
    session.set({ ...SESSION });
    expect(told).not.toHaveBeenCalled();
  });

  it.each(['{', 'null', '{}', '{"token":1,"refresh_token":"r","user":{"email":"e","role":"r"}}', '"text"'])(
    'is none where %s is stored',
    (text) => {
      const { tab, values } = browser();
      values.set('deltastream.session', text);
      expect(tab().get()).toBeNull();
    },
  );

  it('lasts as long as the page where nothing can be stored', () => {
    const session = createBrowserSession({
      events: new EventTarget(),
      storage: guardedStorage(() => {
        throw new DOMException('switched off', 'SecurityError');
      }),
    });
    session.set(SESSION);
    expect(session.get()).toEqual(SESSION);
  });

  it('tells every tab that a logout is being tried, until it is done, failed, or its tab is gone', async () => {
    vi.useFakeTimers();
    try {
      const { tab, values } = browser();
      const [first, second] = [tab(), tab()];
      const told = vi.fn();
      second.subscribe(told);
      const states = () => [first, second].map((each) => [each.get()?.token, each.isEnding()]);
      first.set(SESSION);
      const refused = Promise.withResolvers<never>();
      const client = createClient({ baseUrl: '', fetch: () => refused.promise, session: first.shared });
      const failing = first.ending(() => client.logout({ refresh_token: 'r1' })).catch(() => 'failed');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(states()).toEqual([
        [undefined, true],
        [undefined, true],
      ]);
      expect(tab().isEnding()).toBe(true);
      refused.reject(new TypeError('fetch failed'));
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await failing).toBe('failed');
      expect(states()).toEqual([
        ['t1', false],
        ['t1', false],
      ]);

      await first.ending(async () => first.set(null));
      expect(states()).toEqual([
        [undefined, false],
        [undefined, false],
      ]);
      expect(values.size).toBe(0);

      first.set(SESSION);
      void first.ending(async () => {
        first.set(null);
        await new Promise(() => {});
      });
      expect(second.isEnding()).toBe(true);
      told.mockClear();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(second.isEnding()).toBe(false);
      expect(told).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves a login that another tab made while a logout was tried', async () => {
    const { tab } = browser();
    const [first, second] = [tab(), tab()];
    first.set(SESSION);
    await first.ending(async () => {
      first.set(null);
      second.set({ ...SESSION, token: 't2' });
    });
    expect([first.get()?.token, second.get()?.token]).toEqual(['t2', 't2']);
    expect(first.isEnding()).toBe(false);
  });
});
