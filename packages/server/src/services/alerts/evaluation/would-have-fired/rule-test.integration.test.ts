import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeRule, createColumns, type EnrichedChain } from '@deltastream/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSqliteMarketStore } from '../../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import type { NewFiring } from '../../../../ports/stores/alerts/alert-records.ts';
import type { MarketStore, StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { alertRule, observedChain, productFigures, START_MS } from '../evaluation.fixture.ts';
import { createEvaluator } from '../evaluator.ts';
import { createRuleSet } from '../rules/rule-set.ts';
import { type RuleTest, type RuleTestEvent, testRule } from './rule-test.ts';

const SETTLE_MS = 5_000;
const END_MS = START_MS + 3_600_000;
const PRODUCTS = ['NIFTY', 'UNKNOWN'];
/** The first passes in the middle of the recording. */
const EXPIRIES = [
  { expiry: '2026-08-19', expiry_at: START_MS + 1_500_000 },
  { expiry: '2026-08-25', expiry_at: START_MS + 6 * 86_400_000 },
  { expiry: '2026-09-01', expiry_at: START_MS + 13 * 86_400_000 },
];

type Recorded = { readonly chain: EnrichedChain } | { readonly figures: StoredProductFigures };

/** An hour of chains, every 3 s of each expiry, in the order in which they were published, and figures every 20 s. */
function* recording(): Generator<Recorded> {
  const seqs = new Map(PRODUCTS.map((product) => [product, 0]));
  for (let second = 0; second < 3_600; second += 3) {
    for (const [p, product] of PRODUCTS.entries()) {
      const timestamp = START_MS + second * 1_000 + p;
      for (const [e, each] of EXPIRIES.entries()) {
        if (timestamp > each.expiry_at + 60_000) continue;
        const seq = (seqs.get(product) as number) + 1;
        seqs.set(product, seq);
        const wave = (length: number) => Math.sin((second + 40 * e + 90 * p) / length);
        const figures = {
          pcr_oi: second % 97 === 0 ? null : 1 + 0.4 * wave(120) + 0.05 * wave(7),
          atm_iv: 0.2 + 0.05 * wave(200),
          spot_price: 24_000 + 50 * wave(300),
          session_phase: second % 600 < 500 ? ('continuous' as const) : ('post_close' as const),
        };
        const quality = second % 800 < 40 ? (['stale'] as const) : [];
        const chain = observedChain({ product, ...each, timestamp, seq, quality: [...quality] }, figures);
        yield { chain: { ...chain, columns: createColumns(0, 'enriched') } };
      }
      if (second % 20 === 0) {
        const iv_rank = second % 900 < 60 ? null : 50 + 40 * Math.sin(second / 400);
        yield { figures: productFigures(timestamp, { iv_rank }, product) };
      }
    }
  }
}

const RULES = [
  { condition: 'pcr_oi > 1.2' },
  { condition: 'pcr_oi > 1.2 && iv_rank > 60.0', clear_condition: 'pcr_oi < 1.0' },
  { condition: 'crosses_above(pcr_oi, 1.0)', expiry: 'all', cooldown_seconds: 60 },
  { condition: 'crosses_below(iv_rank, 55.0) || crosses_above(atm_iv, 0.22)' },
  { condition: 'atm_iv > 0.21', for_seconds: 45, expiry: '2026-08-25' },
  { condition: 'change(pcr_oi, "90s") > 0.2', cooldown_seconds: 30 },
  { condition: 'change(iv_rank, "5m") > 1.0', expiry: 'all' },
  { condition: 'minutes_to_expiry < 10' },
  { condition: '"stale" in flags || product == "UNKNOWN" && pcr_oi < 0.8', session_only: true },
  { condition: 'pcr_oi > 1.3', repeat: 'once' as const },
  { condition: 'spot_price > 24020', message: '{product} {expiry}: {spot_price}, rank {iv_rank}' },
].map((draft) => completeRule({ name: draft.condition, products: '*', ...draft }));

let folder: string;
let store: MarketStore;
const fired = new Map<string, NewFiring[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rule-test-'));
  store = await createSqliteMarketStore({ folder });
  const rules = createRuleSet();
  for (const [i, definition] of RULES.entries())
    rules.put({ ...alertRule({ condition: '' }), id: `rule-${i}`, definition });
  const live = createEvaluator({ rules, settleMs: SETTLE_MS });
  const chains: EnrichedChain[] = [];
  const figures: StoredProductFigures[] = [];
  for (const recorded of recording()) {
    if ('figures' in recorded) {
      live.figures(recorded.figures);
      figures.push(recorded.figures);
      continue;
    }
    chains.push(recorded.chain);
    for (const firing of live.chain(recorded.chain).firings) {
      fired.set(firing.rule, [...(fired.get(firing.rule) ?? []), firing]);
    }
  }
  // Figures are kept of a minute once: the order in which they are put does not matter.
  await store.putProductFigures(figures.toReversed());
  for (let i = 0; i < chains.length; i += 1_000) await store.putSnapshots(chains.slice(i, i + 1_000));
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const testOf = (given: Partial<RuleTest>): RuleTest => ({
  rule: RULES[0],
  store,
  fromMs: START_MS,
  toMs: END_MS,
  settleMs: SETTLE_MS,
  mostFirings: 10_000,
  mostStandings: 100,
  signal: new AbortController().signal,
  ...given,
});

async function eventsOf(given: Partial<RuleTest>) {
  const events: RuleTestEvent[] = [];
  for await (const event of testRule(testOf(given))) events.push(event);
  const firings = events.flatMap((each) => (each.event === 'firing' ? [each.firing] : []));
  const end = events[events.length - 1];
  if (end.event !== 'end') throw new Error('it did not end');
  return { events, firings, end };
}

/** What is said of a firing, whoever's rule it is. */
const said = ({ id: _, ruleId: _rule, ruleVersion: _version, owner: _owner, ...rest }: NewFiring) => rest;

test.each(RULES.map((rule) => [rule.name, rule]))(
  '%s would have fired where it fired',
  async (name, rule) => {
    const live = fired.get(name) ?? [];
    const { firings, end } = await eventsOf({ rule });
    expect(live.length).toBeGreaterThan(0);
    const byPlace = (a: NewFiring, b: NewFiring) =>
      a.at - b.at || ((a.expiry ?? '') < (b.expiry ?? '') ? -1 : 1);
    expect(firings.map(said).sort(byPlace as never)).toEqual(live.map(said).sort(byPlace as never));
    expect(end).toMatchObject({ reason: 'complete', detail: null, firings: live.length });
  },
);

test('a later part of the past is tested as if the rule had looked before', async () => {
  const rule = RULES[5];
  const fromMs = START_MS + 1_900_000;
  const { firings } = await eventsOf({ rule, fromMs });
  const later = (fired.get(rule.name) ?? []).filter(({ at }) => at >= fromMs);
  expect(firings.length).toBeGreaterThan(0);
  // Of the firing that its cool-down or its memory would have held back it knows nothing.
  for (const { at, product } of later.slice(PRODUCTS.length)) {
    expect(firings).toContainEqual(expect.objectContaining({ at, product }));
  }
});

test('it tells how far it came, and at the end how the rule stands', async () => {
  const { events, end } = await eventsOf({ rule: RULES[4] });
  const fractions = events.flatMap((each) => (each.event === 'progress' ? [each.fraction] : []));
  expect(fractions.length).toBeGreaterThan(0);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(end).toMatchObject({ fraction: 1, atMs: END_MS, chains: 2_400 });
  expect(end.last.map(({ product, expiry }) => [product, expiry])).toEqual([
    ['NIFTY', '2026-08-25'],
    ['UNKNOWN', '2026-08-25'],
  ]);
  expect(end.last[0].parts).toMatchObject([{ text: 'atm_iv > 0.21' }]);
});

test('it ends after so many firings, when it is told to, and where it cannot be', async () => {
  expect((await eventsOf({ mostFirings: 2 })).end).toMatchObject({ reason: 'limit', firings: 2 });
  const stopped = new AbortController();
  stopped.abort('timeout');
  expect((await eventsOf({ signal: stopped.signal })).end).toMatchObject({ reason: 'timeout', chains: 0 });
  expect(
    (await eventsOf({ rule: { ...RULES[0], subject: 'platform', condition: 'dead_letters > 0' } })).end,
  ).toMatchObject({
    reason: 'failed',
    detail: expect.stringMatching(/only rules about markets/),
  });
  expect((await eventsOf({ rule: { ...RULES[0], products: ['NOTHING'] } })).end).toMatchObject({
    reason: 'complete',
    chains: 0,
  });
  await expect(eventsOf({ rule: { ...RULES[0], condition: 'pcr > 1.0' } })).rejects.toThrow(/no figure pcr/);
});
