import { setImmediate } from 'node:timers/promises';
import { type AlertRuleDefinition, type RuleStanding, TEST_ENDS } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../../kit/errors.ts';
import type { AlertRule, NewFiring } from '../../../../ports/stores/alerts/alert-records.ts';
import type { ListRange, MarketReader } from '../../../../ports/stores/market/market-store.ts';
import { createEvaluator, type Evaluator } from '../evaluator.ts';
import { compileRule } from '../rules/compile-rule.ts';
import { createRuleSet } from '../rules/rule-set.ts';
import { lookedAt } from './looked-at.ts';
import { type ChainSource, storedChains } from './stored-chains.ts';

export type TestStore = Pick<
  MarketReader,
  | 'products'
  | 'expiries'
  | 'summaries'
  | 'snapshotsAt'
  | 'lastSummaries'
  | 'productFigures'
  | 'lastProductFigures'
>;

export interface RuleTest {
  readonly rule: AlertRuleDefinition;
  readonly store: TestStore;
  /** [fromMs, toMs) */
  readonly fromMs: number;
  readonly toMs: number;
  /** As of the evaluator that evaluates live. */
  readonly settleMs: number;
  readonly maxExpiryLagMs?: number;
  /** After so many firings it ends. */
  readonly mostFirings: number;
  /** How rules stand at the end is told of so many products and expiries. */
  readonly mostStandings: number;
  /** Ends it; its reason is that of the end. */
  readonly signal: AbortSignal;
}

interface Reached {
  /** Evaluated up to this time of the data. */
  readonly atMs: number;
  /** Of the time that was asked for. */
  readonly fraction: number;
  readonly chains: number;
  readonly firings: number;
}

export type TestEnd = (typeof TEST_ENDS)[number];

export type RuleTestEvent =
  | { readonly event: 'firing'; readonly firing: NewFiring }
  | ({ readonly event: 'progress' } & Reached)
  | ({
      readonly event: 'end';
      readonly reason: TestEnd;
      readonly detail: string | null;
      readonly last: readonly RuleStanding[];
    } & Reached);

/** Expiries that are read side by side; rules for more name products. */
const MOST_SOURCES = 2_000;
/** Chains that are evaluated without letting others have the processor: some milliseconds. */
const CHAINS_A_TURN = 500;
/** A product's figures before the test that may be in force when it begins. */
const FIGURES_BEFORE_MS = 14 * 86_400_000;
/** One a minute of the longest slice. */
const MOST_FIGURES_A_SLICE = 130;
const MINUTE_MS = 60_000;

/**
 * When a rule would have fired, over stored chains and by the evaluator that evaluates live: a market rule fires at the same
 * chains with the same figures and message. Events come as they are found, with the progress after each part that was read;
 * the last one is the end. Stops reading when the caller does.
 */
export async function* testRule(test: RuleTest): AsyncGenerator<RuleTestEvent> {
  const { fromMs, toMs, signal, mostFirings } = test;
  const evaluator = evaluatorOf(test.rule, test);
  let reached: Reached = { atMs: fromMs, fraction: 0, chains: 0, firings: 0 };
  const end = (reason: TestEnd, detail: string | null = null): RuleTestEvent => {
    const last = evaluator.standings(TESTED.id, { limit: test.mostStandings });
    return { event: 'end', reason, detail, last, ...reached };
  };
  try {
    if (test.rule.subject !== 'market') {
      return yield end('failed', 'only rules about markets are tested: of the platform no past is stored');
    }
    const sources = await sourcesOf(test);
    if (sources.length > MOST_SOURCES) {
      const detail = `it looks at ${sources.length} expiries, and at most ${MOST_SOURCES} are tested at a time: name fewer products`;
      return yield end('failed', detail);
    }
    const products = productsOf(sources);
    await feedBefore(test, evaluator, products);
    for await (const slice of storedChains(test.store, sources)) {
      const range: ListRange = {
        fromMs: reached.atMs,
        toMs: slice.untilMs,
        limit: MOST_FIGURES_A_SLICE,
        take: 'last',
      };
      for (const product of products) await feedFigures(test, evaluator, product, range);
      for (const [i, chain] of slice.chains.entries()) {
        if (i % CHAINS_A_TURN === 0) await setImmediate();
        if (signal.aborted) return yield end(endOf(signal));
        const { firings } = evaluator.chain(chain);
        const chains = reached.chains + 1;
        reached = { ...reached, atMs: chain.timestamp, chains, firings: reached.firings + firings.length };
        for (const firing of firings) yield { event: 'firing', firing };
        if (firings.some(({ once }) => once)) return yield end('complete');
        if (reached.firings >= mostFirings) return yield end('limit');
      }
      reached = { ...reached, atMs: slice.untilMs, fraction: (slice.untilMs - fromMs) / (toMs - fromMs) };
      if (signal.aborted) return yield end(endOf(signal));
      yield { event: 'progress', ...reached };
    }
    reached = { ...reached, atMs: toMs, fraction: 1 };
    yield end('complete');
  } catch (error) {
    yield end('failed', reasonOf(error));
  }
}

/** A test has one rule, whose id nobody sees. */
const TESTED: Omit<AlertRule, 'definition'> = {
  id: 'test',
  owner: '',
  version: 1,
  status: 'armed',
  problem: null,
  createdAt: 0,
  updatedAt: 0,
  lastFiredAt: null,
  firings: 0,
};

/** The rule as it would be if it were enabled. */
function evaluatorOf(rule: AlertRuleDefinition, { settleMs, maxExpiryLagMs }: RuleTest): Evaluator {
  const rules = createRuleSet();
  const problem = rules.put({ ...TESTED, definition: { ...rule, enabled: true } });
  if (problem !== null) throw new DeltaStreamError('invalid_condition', problem);
  return createEvaluator({ rules, settleMs, maxExpiryLagMs });
}

async function sourcesOf({ rule, store, fromMs, toMs }: RuleTest): Promise<ChainSource[]> {
  const products =
    rule.products === '*' ? (await store.products()).map(({ product }) => product) : rule.products;
  // What is compared with the past of an expiry needs it from before the expiry is the nearest.
  const expiry = rule.expiry === 'nearest' && needsPast(rule) ? 'all' : rule.expiry;
  const sources: ChainSource[] = [];
  for (const product of products) {
    const looked = lookedAt(expiry, await store.expiries(product), { fromMs, toMs });
    sources.push(...looked.map((each) => ({ product, ...each })));
  }
  return sources;
}

function needsPast(definition: AlertRuleDefinition): boolean {
  const compilation = compileRule({ definition });
  if (!compilation.ok) return false;
  const { condition, clear } = compilation.rule;
  return [condition, clear].some(
    (each) => each !== null && each.history.changes.length + each.history.previousCloses.length > 0,
  );
}

const productsOf = (sources: readonly ChainSource[]): string[] => [
  ...new Set(sources.map(({ product }) => product)),
];

/** What an evaluator that ran before would know when the test begins. */
async function feedBefore(test: RuleTest, evaluator: Evaluator, products: readonly string[]): Promise<void> {
  const { store, fromMs, settleMs } = test;
  const limit = Math.ceil(settleMs / MINUTE_MS) + 2;
  const before: ListRange = { fromMs: fromMs - FIGURES_BEFORE_MS, toMs: fromMs, limit, take: 'last' };
  for (const product of products) {
    await evaluator.prepare(product, fromMs - 1, store);
    await feedFigures(test, evaluator, product, before);
  }
}

async function feedFigures(
  { store }: RuleTest,
  evaluator: Evaluator,
  product: string,
  range: ListRange,
): Promise<void> {
  for (const figures of await store.productFigures(product, range)) evaluator.figures(figures);
}

const endOf = ({ reason }: AbortSignal): TestEnd => TEST_ENDS.find((end) => end === reason) ?? 'stopping';
