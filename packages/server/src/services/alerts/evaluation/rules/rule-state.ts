import type { CrossingMemory } from '@deltastream/conditions';

/** What a rule remembers for one product and expiry, from one chain to the next. */
export interface RuleState {
  /** `pending`: its condition holds, not yet for long enough or while it cools down; `fired`: and not cleared since. */
  readonly phase: 'armed' | 'pending' | 'fired';
  /** Since when its condition holds; null unless it is pending. */
  readonly sinceMs: number | null;
  /** When it fired last; null: never. */
  readonly firedAtMs: number | null;
  /** Of the crossings of its condition, and of those of the condition that clears it. */
  readonly crossings: CrossingMemory;
  readonly clearCrossings: CrossingMemory;
  /** Which expiry it followed last, where it follows the nearest. */
  readonly expiry: string | null;
  readonly expiryAtMs: number | null;
}

export const NEW_STATE: RuleState = {
  phase: 'armed',
  sinceMs: null,
  firedAtMs: null,
  crossings: '',
  clearCrossings: '',
  expiry: null,
  expiryAtMs: null,
};

/** Short, as there is one for each rule, product and expiry; only what differs from a new state. */
export const writeState = (state: RuleState): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(state).filter(([field, value]) => value !== NEW_STATE[field as keyof RuleState]),
    ),
  );

/** Text that is none, as of another release, is of a rule that begins anew. */
export function readState(text: string): RuleState {
  try {
    const given: unknown = JSON.parse(text);
    return typeof given === 'object' && given !== null ? { ...NEW_STATE, ...given } : NEW_STATE;
  } catch {
    return NEW_STATE;
  }
}
