import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NewFiring, RuleMemory } from '../../../ports/stores/alerts/alert-records.ts';
import { alertRule, observedChain, productFigures, START_MS } from './evaluation.fixture.ts';
import { createEvaluator, type Evaluator } from './evaluator.ts';
import {
  lookedAt,
  NAIVE_CONDITIONS,
  type NaiveRule,
  naiveFirings,
  type SeenChain,
  type SeenFigures,
  storeOf,
} from './naive-evaluation.fixture.ts';
import { createRuleSet } from './rules/rule-set.ts';

const SETTLE_MS = 5_000;
const PRODUCT = 'TESTED';
const EXPIRIES = [
  { expiry: '2026-08-19', expiryAt: START_MS + 600_000 },
  { expiry: '2026-08-26', expiryAt: START_MS + 7 * 86_400_000 },
  { expiry: '2026-09-02', expiryAt: START_MS + 14 * 86_400_000 },
] as const;

const chainOf = ({ expiry, expiryAt, at, seq, open, pcr_oi, atm_iv, flags }: SeenChain) =>
  observedChain(
    { product: PRODUCT, expiry, expiry_at: expiryAt, timestamp: at, seq, quality: flags as never },
    { pcr_oi, atm_iv, session_phase: open ? 'continuous' : 'post_close' },
  );

/** Seconds between chains: mostly few, now and then some minutes or most of a day. */
const pause = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 15_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 15_000, max: 400_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30_000_000, max: 90_000_000 }) },
);
const arrivals = fc.array(
  fc.record({
    pause,
    which: fc.constantFrom(0, 0, 1, 2),
    open: fc.constantFrom(true, true, true, false),
    pcr_oi: fc.constantFrom(0.5, 0.9, 1, 1.1, 1.6, null),
    atm_iv: fc.constantFrom(0.1, 0.2, 0.3, null),
    flags: fc.constantFrom([], [], ['stale']),
    /** Figures of the product that come just before it. */
    iv_rank: fc.option(fc.constantFrom(40, 60, null), { nil: undefined, freq: 2 }),
  }),
  { minLength: 20, maxLength: 100, size: 'max' },
);
const drafts = fc.array(
  fc.record({
    condition: fc.constantFrom(...NAIVE_CONDITIONS),
    clear: fc.option(fc.constantFrom(...NAIVE_CONDITIONS), { freq: 2 }),
    expiry: fc.constantFrom('nearest', 'all', EXPIRIES[1].expiry),
    for_seconds: fc.constantFrom(0, 0, 5, 20),
    cooldown_seconds: fc.constantFrom(0, 0, 30, 600),
    repeat: fc.constantFrom('repeat' as const, 'repeat' as const, 'once' as const),
    session_only: fc.boolean(),
    expires_at: fc.option(fc.constantFrom(new Date(START_MS + 120_000).toISOString()), { freq: 5 }),
  }),
  { minLength: 1, maxLength: 8 },
);

interface Scenario {
  readonly chains: readonly SeenChain[];
  /** In order, each with the number of the chain that it comes before. */
  readonly figures: readonly (SeenFigures & { readonly before: number })[];
}

function scenario(given: typeof arrivals extends fc.Arbitrary<infer A> ? A : never): Scenario {
  const chains: SeenChain[] = [];
  const figures: Scenario['figures'][number][] = [];
  let at = START_MS;
  for (const [seq, { pause: waited, which, iv_rank, ...rest }] of given.entries()) {
    at += waited;
    if (iv_rank !== undefined) figures.push({ at, iv_rank, before: seq });
    chains.push({ ...EXPIRIES[which], at, seq, ...rest });
  }
  return { chains, figures };
}

const rulesOf = (given: typeof drafts extends fc.Arbitrary<infer A> ? A : never): NaiveRule[] =>
  given.map(({ condition, clear, ...definition }, i) => {
    const id = `rule-${i}`;
    const texts = { condition: condition.text, clear_condition: clear?.text ?? null };
    return { id, condition, clear, definition: alertRule({ ...texts, ...definition }).definition };
  });

function evaluatorOf(rules: readonly NaiveRule[]): Evaluator {
  const set = createRuleSet();
  for (const { id, definition } of rules)
    expect(set.put(alertRule({ condition: '' }, { id, definition }))).toBeNull();
  return createEvaluator({ rules: set, settleMs: SETTLE_MS, maxExpiryLagMs: Number.POSITIVE_INFINITY });
}

interface Run {
  readonly firings: NewFiring[];
  readonly memories: Map<string, RuleMemory>;
}
type After = (seq: number, run: Run, evaluator: Evaluator) => Evaluator | Promise<Evaluator>;

/** `after` each chain gives the evaluator that goes on. */
async function run(evaluator: Evaluator, { chains, figures }: Scenario, after: After): Promise<Run> {
  const done: Run = { firings: [], memories: new Map() };
  let current = evaluator;
  for (const chain of chains) {
    for (const each of figures) if (each.before === chain.seq) current.figures(figuresOf(each));
    const { firings, memories } = current.chain(chainOf(chain));
    done.firings.push(...firings);
    for (const memory of memories) done.memories.set(`${memory.ruleId} ${memory.expiry}`, memory);
    current = await after(chain.seq, done, current);
  }
  return done;
}
const same: After = (_seq, _run, evaluator) => evaluator;

const figuresOf = ({ at, iv_rank }: SeenFigures) => productFigures(at, { iv_rank }, PRODUCT);

interface Place {
  readonly ruleId: string;
  readonly expiry: string | null;
  readonly at: number;
}
const placeOf = ({ ruleId, expiry, at }: Place) => ({ ruleId, expiry, at });
const inOrder = (places: readonly Place[]) =>
  places
    .map(placeOf)
    .toSorted((a, b) => a.at - b.at || (`${a.ruleId}${a.expiry}` < `${b.ruleId}${b.expiry}` ? -1 : 1));

const expected = (rules: readonly NaiveRule[], { chains, figures }: Scenario): Place[] =>
  inOrder(
    naiveFirings(rules, chains, figures, SETTLE_MS).map((each) => ({ ...each, at: chains[each.seq].at })),
  );

test('rules fire exactly where a naive reading of all chains says', async () => {
  let total = 0;
  await fc.assert(
    fc.asyncProperty(arrivals, drafts, async (given, rulesGiven) => {
      const seen = scenario(given);
      const rules = rulesOf(rulesGiven);
      const { firings } = await run(evaluatorOf(rules), seen, same);
      total += firings.length;
      expect(inOrder(firings)).toEqual(expected(rules, seen));
      expect(new Set(firings.map(({ id }) => id)).size).toBe(firings.length);
    }),
    { numRuns: 2000 },
  );
  expect(total).toBeGreaterThan(200);
});

test('chains that come again change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, drafts, fc.array(fc.nat(99)), async (given, rulesGiven, again) => {
      const seen = scenario(given);
      const rules = rulesOf(rulesGiven);
      const { firings } = await run(evaluatorOf(rules), seen, (seq, _run, evaluator) => {
        for (const earlier of again.filter((each) => each <= seq)) {
          const nothing = { memories: [], firings: [], expired: [] };
          expect(evaluator.chain(chainOf(seen.chains[earlier]))).toEqual(nothing);
        }
        return evaluator;
      });
      expect(inOrder(firings)).toEqual(expected(rules, seen));
    }),
    { numRuns: 100 },
  );
});

/** Else the store knows less than what comes next needs, or more than was seen. */
const nearestIsKnown = (chains: readonly SeenChain[]) => {
  const looked = lookedAt(chains);
  return (
    new Set(looked.map(({ expiry }) => expiry)).size < looked.length &&
    looked.some(({ expiryAt }) => expiryAt >= chains[chains.length - 1].at)
  );
};

test('an evaluator that goes on from what is remembered and stored fires as if it had seen all', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, drafts, fc.array(fc.nat(99)), async (given, rulesGiven, restarts) => {
      const seen = scenario(given);
      // Of a time without chains it knows nothing before its first one.
      const rules = rulesOf(rulesGiven.map((rule) => ({ ...rule, for_seconds: 0 })));
      const { firings } = await run(evaluatorOf(rules), seen, async (seq, done, evaluator) => {
        if (!restarts.includes(seq) || !nearestIsKnown(seen.chains.slice(0, seq + 1))) return evaluator;
        const hasFired = new Set(done.firings.filter(({ once }) => once).map(({ ruleId }) => ruleId));
        const next = evaluatorOf(rules.filter(({ id }) => !hasFired.has(id)));
        next.restore([...done.memories.values()]);
        const past = seen.chains.slice(0, seq + 1);
        const figures = seen.figures.filter(({ before }) => before <= seq);
        await next.prepare(PRODUCT, seen.chains[seq].at, storeOf(past, figures));
        for (const each of figures) next.figures(figuresOf(each));
        return next;
      });
      expect(inOrder(firings)).toEqual(expected(rules, seen));
    }),
    { numRuns: 200 },
  );
});
