import type { ConditionInputs } from '@deltastream/conditions';
import type { CompiledRule } from './compile-rule.ts';
import type { RuleState } from './rule-state.ts';

/** What a rule is evaluated on: figures as of one chain. */
export interface Observation {
  readonly inputs: ConditionInputs;
  /** Time of the chain. */
  readonly atMs: number;
  /** Since the chain before it of the same expiry; 0 where none is known. */
  readonly sinceLastMs: number;
  /** Contracts of the product trade continuously. */
  readonly inSession: boolean;
}

export interface Step {
  /** The same object where nothing changed. */
  readonly state: RuleState;
  readonly fired: boolean;
}

/**
 * One chain later. Its results depend on nothing but what is given, and time is that of the data, so that the same chains
 * give the same firings, live and from the store.
 *
 * - The condition must hold at every chain for `forMs`. One at which it is false or null, or a time without chains that is
 *   longer than `forMs`, begins it anew.
 * - After a firing it has to be cleared before it fires again: its clear condition was true, or without one its condition
 *   false. Null clears nothing.
 * - While it cools down it fires nothing; what holds still when that ends fires then.
 * - Outside of the session that it asks for, nothing is looked at, and nothing holds.
 */
export function step(rule: CompiledRule, state: RuleState, observation: Observation): Step {
  const { inputs, atMs, inSession } = observation;
  if (rule.sessionOnly && !inSession) {
    return {
      state: state.phase === 'pending' ? { ...state, phase: 'armed', sinceMs: null } : state,
      fired: false,
    };
  }
  const result = rule.condition.evaluate(inputs, state.crossings);
  const { clear } = rule;
  const clears = clear === null ? result === false : clear.evaluate(inputs, state.clearCrossings) === true;
  const crossings = rule.condition.cross(inputs, state.crossings);
  const clearCrossings = clear === null ? '' : clear.cross(inputs, state.clearCrossings);
  const crossed =
    crossings === state.crossings && clearCrossings === state.clearCrossings
      ? state
      : { ...state, crossings, clearCrossings };
  if (state.phase === 'fired') {
    return { state: clears ? { ...crossed, phase: 'armed' } : crossed, fired: false };
  }
  if (result !== true) {
    const still = state.phase === 'armed' ? crossed : { ...crossed, phase: 'armed' as const, sinceMs: null };
    return { state: still, fired: false };
  }
  const sinceMs = heldSince(rule, state, observation);
  if (atMs - sinceMs >= rule.forMs && !isCooling(rule, state, atMs)) {
    return { state: { ...crossed, phase: 'fired', sinceMs: null, firedAtMs: atMs }, fired: true };
  }
  const waits = crossed.phase === 'pending' && crossed.sinceMs === sinceMs;
  return { state: waits ? crossed : { ...crossed, phase: 'pending', sinceMs }, fired: false };
}

function heldSince(rule: CompiledRule, state: RuleState, { atMs, sinceLastMs }: Observation): number {
  if (state.phase !== 'pending' || state.sinceMs === null) return atMs;
  const interrupted = rule.forMs > 0 && sinceLastMs > rule.forMs;
  return interrupted ? atMs : state.sinceMs;
}

export const isCooling = (rule: CompiledRule, { firedAtMs }: RuleState, atMs: number): boolean =>
  firedAtMs !== null && atMs - firedAtMs < rule.cooldownMs;

/**
 * The nearest expiry is another one: what was compared with chains of the one before says nothing of it. What fired stays
 * fired until it is cleared.
 */
export const followExpiry = (state: RuleState, expiry: string, expiryAtMs: number | null): RuleState => ({
  ...state,
  phase: state.phase === 'pending' ? 'armed' : state.phase,
  sinceMs: null,
  crossings: '',
  clearCrossings: '',
  expiry,
  expiryAtMs,
});
