import type { NewFiring, RuleMemory } from '../../../../ports/stores/alerts/alert-records.ts';
import type { Lane, LaneOutcome } from '../lanes/lane.ts';
import type { Watch } from '../lanes/watch.ts';
import { writeState } from '../rules/rule-state.ts';
import { createFiring, type FiredAt } from './firing.ts';

/** What an observation led to. */
export interface EvaluationResult {
  /** Memories that changed; of state '': it is forgotten. */
  readonly memories: readonly RuleMemory[];
  /** In the order of the ids of their rules. */
  readonly firings: readonly NewFiring[];
  /** Rules whose own time is over, each once. */
  readonly expired: readonly { readonly id: string; readonly version: number }[];
}

export interface ObservedAt extends FiredAt {
  /** Where memories are kept, in the place of a product. */
  readonly memory: string;
}

/** Makes of what happened in a lane what is to be kept; a rule that ended gives nothing any more. */
export interface Results {
  of(
    outcome: LaneOutcome & { readonly lane: Lane; readonly forgotten: readonly Watch[] },
    at: ObservedAt,
  ): EvaluationResult;
}

const NONE: EvaluationResult = { memories: [], firings: [], expired: [] };

export function createResults(): Results {
  /** Versions of rules that fired for good or whose time is over, by id. */
  const ended = new Map<string, number>();
  const hasEnded = ({ entry: { rule } }: Watch) => ended.get(rule.id) === rule.version;
  const end = ({ entry: { rule } }: Watch) => ended.set(rule.id, rule.version);

  function fire(watch: Watch, lane: Lane, at: ObservedAt): NewFiring {
    const { entry } = watch;
    if (entry.compiled.once) end(watch);
    return createFiring(entry, lane.inputs, at);
  }

  return {
    of({ lane, changed, fired, expired, forgotten }, at) {
      if (changed.length + expired.length + forgotten.length === 0) return NONE;
      const kept = changed.filter((watch) => !hasEnded(watch));
      const firings = fired.filter((watch) => !hasEnded(watch)).map((watch) => fire(watch, lane, at));
      const over = expired.filter((watch) => !hasEnded(watch));
      over.forEach(end);
      return {
        memories: [
          ...kept.map((watch) => memoryOf(watch, at, writeState(watch.state))),
          ...forgotten.map((watch) => memoryOf(watch, at, '')),
        ],
        firings: firings.sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1)),
        expired: over.map(({ entry: { rule } }) => ({ id: rule.id, version: rule.version })),
      };
    },
  };
}

const memoryOf = ({ entry: { rule }, expiry }: Watch, { memory }: ObservedAt, state: string): RuleMemory => ({
  ruleId: rule.id,
  ruleVersion: rule.version,
  product: memory,
  expiry,
  state,
});
