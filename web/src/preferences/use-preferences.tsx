import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { createFormat, type Format } from '../format/format.ts';
import { useMarketView } from '../market/market-view.tsx';
import { browserStorage } from '../platform/browser-storage.ts';
import { type Preferences, readPreferences } from './preferences.ts';

const KEY = 'deltastream.preferences';

interface Chosen {
  readonly preferences: Preferences;
  readonly change: (changes: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<Chosen | null>(null);

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [preferences, setPreferences] = useState(() => readPreferences(browserStorage.getItem(KEY)));

  useEffect(() => {
    const { dataset } = document.documentElement;
    if (preferences.theme === 'system') delete dataset.theme;
    else dataset.theme = preferences.theme;
  }, [preferences.theme]);

  const chosen = useMemo(
    (): Chosen => ({
      preferences,
      change(changes) {
        const next = { ...preferences, ...changes };
        browserStorage.setItem(KEY, JSON.stringify(next));
        setPreferences(next);
      },
    }),
    [preferences],
  );
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
