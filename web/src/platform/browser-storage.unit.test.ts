import { describe, expect, it } from 'vitest';
import { guardedStorage } from './browser-storage.ts';

const refuse = (): never => {
  throw new DOMException('refused', 'SecurityError');
};

describe('storage of the browser', () => {
  it.each([
    ['cannot be opened', refuse],
    ['refuses each use', () => ({ getItem: refuse, setItem: refuse, removeItem: refuse })],
  ])('has nothing and throws nothing where it %s', (_name, open) => {
    const storage = guardedStorage(open);
    storage.setItem('a', '1');
    expect(storage.getItem('a')).toBeNull();
    storage.removeItem('a');
  });

  it('is the one of the browser otherwise', () => {
    const values = new Map<string, string>();
    const storage = guardedStorage(() => ({
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    }));
    storage.setItem('a', '1');
    expect(storage.getItem('a')).toBe('1');
    storage.removeItem('a');
    expect(storage.getItem('a')).toBeNull();
  });
});
