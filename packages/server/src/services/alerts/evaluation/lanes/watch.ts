import type { RuleEntry } from '../rules/rule-set.ts';
import type { RuleState } from '../rules/rule-state.ts';

/** A rule as it looks at one product and expiry. */
export interface Watch {
  readonly entry: RuleEntry;
  /** As its memory is kept: '' where it follows the nearest expiry. */
  readonly expiry: string;
  state: RuleState;
  /** Its state before the observation that it was evaluated for last, for what is said of that one. */
  seen: RuleState;
  /** Nothing about it can change before something that it names does. */
  quiet: boolean;
  /** The observation that it was last collected for. */
  round: number;
}

export const createWatch = (entry: RuleEntry, expiry: string, state: RuleState): Watch => ({
  entry,
  expiry,
  state,
  seen: state,
  quiet: false,
  round: 0,
});
