import type { RequestOf, Routes } from '@deltastream/client';

/** What a reader chose, as the server stores it for an account: every choice of its contract. */
export type Preferences = Readonly<Required<RequestOf<Routes['putPreferences']>['document']>>;

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  grouping: 'product',
  time: 'exchange',
  keys: 'on',
  start: 'ask',
  columns: '',
};

export const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Preferences['theme'][];

/** Most characters of a text that is a preference; the names of all columns are fewer. */
const MOST_CHARACTERS = 1_000;

/** Values that a preference may have; `text` where that is not a list. */
const CHOICES: { readonly [K in keyof Preferences]: readonly Preferences[K][] | 'text' } = {
  theme: THEMES,
  grouping: ['product', 'western', 'indian'],
  time: ['exchange', 'local'],
  keys: ['on', 'off'],
  start: ['ask', 'chosen'],
  columns: 'text',
};

const isChoice = (choices: readonly unknown[] | 'text', value: unknown): boolean =>
  choices === 'text' ? typeof value === 'string' && value.length <= MOST_CHARACTERS : choices.includes(value);

/** What of a value that anybody may have written is one of the choices. */
export function chosenOf(value: unknown): Partial<Preferences> {
  if (typeof value !== 'object' || value === null) return {};
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(CHOICES)
      .filter(([name, choices]) => isChoice(choices, given[name]))
      .map(([name]) => [name, given[name]]),
  );
}

/** The choices that others do not have as they are. */
export const differences = (
  choices: Partial<Preferences>,
  others: Partial<Preferences>,
): Partial<Preferences> =>
  Object.fromEntries(
    Object.entries(choices).filter(([name, value]) => others[name as keyof Preferences] !== value),
  );

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
