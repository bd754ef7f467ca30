/** What a reader chose; kept in this browser, and for a login on the server. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** `product`: lakh and crore for rupees, else western. */
  readonly grouping: 'product' | 'western' | 'indian';
  /** Times of the exchange, or of the reader's own clock. */
  readonly time: 'exchange' | 'local';
}

export const DEFAULT_PREFERENCES: Preferences = { theme: 'system', grouping: 'product', time: 'exchange' };

export const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Preferences['theme'][];

const CHOICES: { readonly [K in keyof Preferences]: readonly Preferences[K][] } = {
  theme: THEMES,
  grouping: ['product', 'western', 'indian'],
  time: ['exchange', 'local'],
};

/** Preferences out of JSON that anybody may have written: what is not one of the choices is the default. */
export function readPreferences(json: string | null): Preferences {
  let stored: unknown = null;
  try {
    stored = json === null ? null : JSON.parse(json);
  } catch {
    // The default takes its place.
  }
  if (typeof stored !== 'object' || stored === null) return DEFAULT_PREFERENCES;
  const given = stored as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(CHOICES).map(([name, choices]) => [
      name,
      (choices as readonly unknown[]).includes(given[name])
        ? given[name]
        : DEFAULT_PREFERENCES[name as keyof Preferences],
    ]),
  ) as unknown as Preferences;
}
