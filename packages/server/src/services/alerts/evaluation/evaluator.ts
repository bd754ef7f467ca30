import type { RuleStanding } from '@deltastream/contracts';
import { MAX_EXPIRY_LAG_MS } from '@deltastream/contracts/live';
import type { RuleMemory } from '../../../ports/stores/alerts/alert-records.ts';
import type { StoredProductFigures } from '../../../ports/stores/market/market-store.ts';
import type { ObservedChain } from './inputs/chain-inputs.ts';
import { readStoredHistory, type StoredPast } from './inputs/stored-history.ts';
import { createPartLanes, type PartObservation } from './lanes/part-lanes.ts';
import { createProductLanes, NEAREST, type ProductLanes } from './lanes/product-lanes.ts';
import { createRememberedStates } from './lanes/remembered-states.ts';
import { createResults, type EvaluationResult } from './results/results.ts';
import { type StandingQuery, standingsOf } from './results/standings.ts';
import type { RuleEntry, RuleSet } from './rules/rule-set.ts';

/**
 * Evaluates the rules of a partition. Synchronous and without I/O but for `prepare`; time is that of the data, so that the
 * same observations in the same order give the same results. Chains of a product come in the order of (epoch, seq); one
 * that comes again right after itself or later in its epoch changes nothing.
 */
export interface Evaluator {
  /** What rules remember from before; to be called before the first chain. */
  restore(memories: readonly RuleMemory[]): void;
  /**
   * Reads what rules need of a product's past, up to this time, from the store, before its first chain; null where nothing
   * has to be read. Where it rejects, what it did not read stays unknown until it is called again.
   */
  prepare(product: string, atMs: number, store: StoredPast): Promise<void> | null;
  figures(figures: StoredProductFigures): void;
  chain(chain: ObservedChain): EvaluationResult;
  /** What is known of the platform, or an alert of the log, for the rules of that subject. */
  part(observation: PartObservation): EvaluationResult;
  /** How a rule stands where it looks, by product and expiry. */
  standings(ruleId: string, query: StandingQuery): RuleStanding[];
}

export interface EvaluatorOptions {
  readonly rules: RuleSet;
  /** How long after the end of a minute its product figures count. */
  readonly settleMs: number;
  /** How far an expiry may be behind the others and still be the nearest. */
  readonly maxExpiryLagMs?: number;
}

const NOTHING: EvaluationResult = { memories: [], firings: [], expired: [] };

interface EvaluatedProduct {
  readonly lanes: ProductLanes;
  revision: number;
  /** The chain that was evaluated last. */
  epoch: string | null;
  seq: number;
  /** What of its past was read, and for which rules nothing more has to be. */
  readonly read: Set<string>;
  preparedFor: number;
}

export function createEvaluator({
  rules,
  settleMs,
  maxExpiryLagMs = MAX_EXPIRY_LAG_MS,
}: EvaluatorOptions): Evaluator {
  const products = new Map<string, EvaluatedProduct>();
  const remembered = createRememberedStates();
  const parts = createPartLanes({ rules, take: (part, entry) => remembered.take(part, entry, NEAREST) });
  const results = createResults();

  function productOf(product: string): EvaluatedProduct {
    const known = products.get(product);
    if (known?.revision === rules.revision) return known;
    const take = (entry: RuleEntry, expiry: string) => remembered.take(product, entry, expiry);
    const lanes = known?.lanes ?? createProductLanes({ product, rules, take, settleMs, maxExpiryLagMs });
    const made = known ?? {
      lanes,
      revision: 0,
      epoch: null,
      seq: 0,
      read: new Set(),
      preparedFor: Number.NaN,
    };
    made.revision = rules.revision;
    products.set(product, made);
    lanes.refresh();
    return made;
  }

  async function readPast(product: string, atMs: number, store: StoredPast, needs: readonly string[]) {
    const { lanes, read } = productOf(product);
    await readStoredHistory({ product, lanes, atMs, store, maxExpiryLagMs });
    for (const need of needs) read.add(need);
  }

  return {
    restore: (memories) => remembered.add(memories),
    prepare(product, atMs, store) {
      const evaluated = productOf(product);
      if (evaluated.preparedFor === rules.revision) return null;
      const needs = evaluated.lanes.needs().filter((need) => !evaluated.read.has(need));
      if (needs.length > 0) return readPast(product, atMs, store, needs);
      evaluated.preparedFor = rules.revision;
      return null;
    },
    figures: (figures) => productOf(figures.product).lanes.figures(figures),
    chain(chain) {
      const evaluated = productOf(chain.product);
      const { product, expiry, epoch, seq, timestamp: atMs } = chain;
      if (epoch === evaluated.epoch && seq <= evaluated.seq) return NOTHING;
      evaluated.epoch = epoch;
      evaluated.seq = seq;
      const outcome = evaluated.lanes.observe(chain);
      return outcome === null
        ? NOTHING
        : results.of(outcome, { product, expiry, atMs, epoch, seq, memory: product });
    },
    part(observation) {
      const outcome = parts.observe(observation);
      if (outcome === null) return NOTHING;
      const { product, atMs, epoch, seq } = observation;
      const { memory } = outcome.part;
      return results.of(outcome, { product, expiry: null, atMs, epoch, seq, memory });
    },
    standings(ruleId, query) {
      const entry = rules.entry(ruleId);
      return entry === null
        ? []
        : standingsOf(entry, { products: lanesOf(products), parts: parts.parts }, query);
    },
  };
}

function* lanesOf(
  products: ReadonlyMap<string, EvaluatedProduct>,
): Iterable<readonly [string, ProductLanes]> {
  for (const [product, { lanes }] of products) yield [product, lanes];
}
