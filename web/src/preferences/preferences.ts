import type { RequestOf, Routes } from '@deltastream/client';

/** What a reader chose, as the server stores it for an account: every choice of its contract. */
export type Preferences = Readonly<Required<RequestOf<Routes['putPreferences']>['document']>>;

export const DEFAULT_PREFERENCES: Preferences = { theme: 'system', grouping: 'product', time: 'exchange' };

export const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Preferences['theme'][];

const CHOICES: { readonly [K in keyof Preferences]: readonly Preferences[K][] } = {
  theme: THEMES,
  grouping: ['product', 'western', 'indian'],
  time: ['exchange', 'local'],
};

/** What of a value that anybody may have written is one of the choices. */
export function chosenOf(value: unknown): Partial<Preferences> {
  if (typeof value !== 'object' || value === null) return {};
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(CHOICES)
      .filter(([name, choices]) => (choices as readonly unknown[]).includes(given[name]))
      .map(([name]) => [name, given[name]]),
  );
}

/** Preferences out of JSON that anybody may have written: what is not one of the choices is the default. */
export const readPreferences = (json: string | null): Preferences => ({
  ...DEFAULT_PREFERENCES,
  ...chosenOf(readJson(json)),
});

/** Null for what is none. */
export function readJson(json: string | null): unknown {
  try {
    return json === null ? null : JSON.parse(json);
  } catch {
    return null;
  }
}
