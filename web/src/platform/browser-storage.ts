type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * A storage of the browser that never throws: where it is switched off nothing is stored in it, and where it is full
 * the value before stays. `open` is called at each use, as reading `localStorage` itself may be refused.
 */
export function guardedStorage(open: () => KeyValueStorage): KeyValueStorage {
  function attempt<T>(use: (storage: KeyValueStorage) => T, otherwise: T): T {
    try {
      return use(open());
    } catch {
      return otherwise;
    }
  }
  return {
    getItem: (key) => attempt((storage) => storage.getItem(key), null),
    setItem: (key, value) => attempt((storage) => storage.setItem(key, value), undefined),
    removeItem: (key) => attempt((storage) => storage.removeItem(key), undefined),
  };
}

/** Shared by the tabs of this browser. */
export const browserStorage = guardedStorage(() => localStorage);
/** Of this tab alone. */
export const tabStorage = guardedStorage(() => sessionStorage);
