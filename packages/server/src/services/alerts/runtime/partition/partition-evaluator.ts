import type { ChainHeader, ChainSummary, ProductFigures } from '@deltastream/contracts';
import type { NewFiring, RuleMemory } from '../../../../ports/stores/alerts/alert-records.ts';

/** A chain as rules see it: without its contracts. */
export type EvaluatedChain = ChainHeader & { readonly summary: ChainSummary };

/** What an evaluation changed. */
export interface Evaluated {
  readonly memories: readonly RuleMemory[];
  readonly firings: readonly NewFiring[];
  /** Rules whose own time is over. */
  readonly expired: readonly { readonly id: string; readonly version: number }[];
}

/** Judges the chains of one partition by the rules. Synchronous; it knows neither bus nor store. */
export interface PartitionEvaluator {
  /** What was remembered, before anything else. */
  restore(memories: readonly RuleMemory[]): void;
  /** Whether a rule looks at the product; chains of others need not come. */
  looksAt(product: string): boolean;
  /**
   * Reads what its rules need of the past of a product, before the first of its chains that come, which is of this
   * instant. Null: nothing has to be read.
   */
  prepare(product: string, atMs: number): Promise<void> | null;
  /** Figures of a product. */
  figures(figures: ProductFigures): void;
  /** A chain; those of a product come in their order, each once. */
  chain(chain: EvaluatedChain): Evaluated;
}
