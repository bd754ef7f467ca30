import type { RuleMemory } from '../../../../ports/stores/alerts/alert-records.ts';
import type { RuleEntry } from '../rules/rule-set.ts';
import { type RuleState, readState } from '../rules/rule-state.ts';

/** What rules remember from before a start, until each goes on from it. */
export interface RememberedStates {
  add(memories: readonly RuleMemory[]): void;
  /** Once; null where nothing is remembered, or of another version of the rule. */
  take(product: string, entry: RuleEntry, expiry: string): RuleState | null;
}

export function createRememberedStates(): RememberedStates {
  const remembered = new Map<string, RuleMemory>();
  const keyOf = (ruleId: string, product: string, expiry: string) =>
    JSON.stringify([ruleId, product, expiry]);

  return {
    add(memories) {
      for (const each of memories) remembered.set(keyOf(each.ruleId, each.product, each.expiry), each);
    },
    take(product, { rule }, expiry) {
      const key = keyOf(rule.id, product, expiry);
      const memory = remembered.get(key);
      remembered.delete(key);
      return memory?.ruleVersion === rule.version ? readState(memory.state) : null;
    },
  };
}
