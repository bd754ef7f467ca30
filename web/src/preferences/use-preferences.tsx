import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { createFormat, type Format } from '../format/format.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import { browserStorage } from '../platform/browser-storage.ts';
import { useServer } from '../platform/platform.tsx';
import { createPreferencesStore, type PreferencesState, type PreferencesStore } from './preferences-store.ts';

type Chosen = PreferencesState & Pick<PreferencesStore, 'change'>;

const PreferencesContext = createContext<Chosen | null>(null);

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const server = useServer();
  const [store] = useState(() =>
    createPreferencesStore({ ...server, storage: browserStorage, events: window }),
  );
  useEffect(() => {
    store.start();
    return () => store.stop();
  }, [store]);
  const state = useSyncExternalStore(store.subscribe, store.get);
  const { theme } = state.preferences;

  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset.theme;
    else dataset.theme = theme;
  }, [theme]);

  const chosen = useMemo((): Chosen => ({ ...state, change: store.change }), [state, store]);
  return <PreferencesContext value={chosen}>{children}</PreferencesContext>;
}

export function usePreferences(): Chosen {
  const chosen = use(PreferencesContext);
  if (!chosen) throw new Error('usePreferences is called outside PreferencesProvider');
  return chosen;
}

const made = new Map<string, Format>();

/** How numbers and times of the product that is shown are read. */
export function useFormat(): Format {
  const { preferences } = usePreferences();
  const { product } = useMarketView();
  const ofProduct = product?.currency === 'INR' ? 'indian' : 'western';
  const grouping = preferences.grouping === 'product' ? ofProduct : preferences.grouping;
  const timeZone =
    preferences.time === 'local'
      ? Intl.DateTimeFormat().resolvedOptions().timeZone
      : (product?.time_zone ?? 'UTC');
  const key = `${grouping} ${timeZone}`;
  let format = made.get(key);
  if (!format) {
    format = createFormat(grouping, timeZone);
    made.set(key, format);
  }
  return format;
}
