import { describe, expect, it, vi } from 'vitest';
import { guardedStorage } from '../platform/browser-storage.ts';
import { createBrowserSession } from './session-store.ts';

/** Tabs of one browser: a change in one is an event in the others. */
function browser() {
  const values = new Map<string, string>();
  const tabs = new Set<EventTarget>();
  return {
    values,
    tab() {
      const events = new EventTarget();
      tabs.add(events);
      const tell = (key: string) => {
        const event = Object.assign(new Event('storage'), { key });
        for (const other of tabs) if (other !== events) other.dispatchEvent(event);
      };
      return createBrowserSession({
        events,
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
});
