import type {
  EvaluatedPosition,
  EvaluationBatch,
  NewFiring,
  RuleMemory,
} from '../../../../ports/stores/alerts/alert-records.ts';
import type { Evaluated } from './partition-evaluator.ts';

/** What was evaluated and is not committed: the latest of each state, and every firing. */
export interface PendingBatch {
  readonly isEmpty: boolean;
  /** There is more than places of products. */
  readonly hasChanges: boolean;
  readonly firings: number;
  add(evaluated: Evaluated): void;
  reached(place: EvaluatedPosition): void;
  /** Everything, which is pending no more. */
  take(): Pick<EvaluationBatch, 'products' | 'memories' | 'firings'>;
}

export function createPendingBatch(): PendingBatch {
  let memories = new Map<string, RuleMemory>();
  let products = new Map<string, EvaluatedPosition>();
  let firings: NewFiring[] = [];
  return {
    get isEmpty() {
      return memories.size === 0 && products.size === 0 && firings.length === 0;
    },
    get hasChanges() {
      return memories.size > 0 || firings.length > 0;
    },
    get firings() {
      return firings.length;
    },
    add(evaluated) {
      for (const memory of evaluated.memories) {
        const { ruleId, product, expiry } = memory;
        memories.set(`${ruleId} ${product} ${expiry}`, memory);
      }
      firings.push(...evaluated.firings);
    },
    reached(place) {
      products.set(place.product, place);
    },
    take() {
      const taken = { memories: [...memories.values()], products: [...products.values()], firings };
      memories = new Map();
      products = new Map();
      firings = [];
      return taken;
    },
  };
}
