import {
  completeRule,
  ENRICHED_CHAINS,
  emptySummary,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureValues,
} from '@deltastream/contracts';
import { createChainHeadCodec } from '@deltastream/contracts/codec';
import type { AlertRule } from '../../packages/server/src/ports/stores/alerts/alert-records.ts';
import { createEvaluator } from '../../packages/server/src/services/alerts/evaluation/evaluator.ts';
import { createRuleSet } from '../../packages/server/src/services/alerts/evaluation/rules/rule-set.ts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { median } from '../measure/statistics.ts';
import { described, embedded, overRedis, type ToSocket } from './to-socket.ts';

/** 10,000 rules over 500 products whose chains come five times a second, from frame to firings, on one core. */
const PRODUCTS = 500;
const CHAINS_A_SECOND = 5;
/** Seconds of data that are measured, each by itself, after some to warm up. */
const [MEASURED, WARM_UP] = [20, 4];
const START_MS = Date.UTC(2026, 7, 19, 6);
const EXPIRY = { expiry: '2026-08-25', expiry_at: Date.UTC(2026, 7, 25, 10) };

/** Twenty of each product: what people write, some of it idle for long. */
const CONDITIONS = [
  'pcr_oi > 1.4',
  'pcr_oi < 0.6',
  'pcr_oi > 1.2 && iv_rank > 80.0',
  'pcr_volume > 1.5',
  'atm_iv > 0.25',
  'atm_iv < 0.1 || rr25 < -0.05',
  'iv_rank > 90.0',
  'iv_percentile < 10.0',
  'max_pain_strike > 25000',
  'crosses_above(spot_price, 24010.0)',
  'crosses_below(spot_price, 23990.0)',
  'crosses_above(spot_price, call_wall_strike)',
  'change(spot_price, "1m") > 30.0',
  'abs(change(atm_iv, "15m")) > 0.01',
  'spot_price > previous_close(spot_price) * 1.01',
  'minutes_to_expiry < 30 && atm_straddle_price > 50.0',
  '"stale" in flags',
  'gex_net < 0.0',
  'total_gex_net > 1.0e10 && zero_dte_share > 0.5',
  'support_strike > spot_price',
];
const products = Array.from({ length: PRODUCTS }, (_, i) => `P${i}`);

function rules(): AlertRule[] {
  return products.flatMap((product) =>
    CONDITIONS.map((condition, i) => ({
      id: `${product}-${i}`,
      owner: 'local',
      version: 1,
      definition: completeRule({
        name: condition,
        products: [product],
        condition,
        for_seconds: i % 4 === 0 ? 10 : 0,
        cooldown_seconds: 60,
      }),
      status: 'armed',
      problem: null,
      createdAt: 0,
      updatedAt: 0,
      lastFiredAt: null,
      firings: 0,
    })),
  );
}

const strikes = Array.from({ length: 100 }, (_, i) => 21_500 + 50 * i);
const sigma = (strike: number) => 0.14 + ((strike - 24_000) / 24_000) ** 2;
const raw = pricedChain({ strikes, sigma, days: 6, halfSpread: 0.05, tick: 0.05 });
const enriched = createChainEnricher({ rate: 0 })(raw);

/** One second of frames, in which every chain moves the spot and volatilities, and one in ten the open interest. */
function secondOf(second: number): Uint8Array[] {
  return Array.from({ length: CHAINS_A_SECOND }, (_, i) =>
    products.map((product, p) => {
      const seq = second * CHAINS_A_SECOND + i;
      const wave = (length: number) => Math.sin((seq + 13 * p) / length);
      return ENRICHED_CHAINS.frames.encode({
        ...enriched,
        ...EXPIRY,
        product,
        seq,
        timestamp: START_MS + second * 1_000 + i * 200,
        summary: emptySummary({
          ...enriched.summary,
          spot_price: 24_000 + 20 * wave(30),
          atm_iv: 0.15 + 0.02 * wave(50),
          atm_straddle_price: 300 + 10 * wave(20),
          pcr_oi: 1 + 0.01 * Math.floor((seq + p) / 10) * 0.1,
          session_phase: 'continuous',
        }),
      });
    }),
  ).flat();
}

const figuresOf = (product: string, timestamp: number) => ({
  product,
  timestamp,
  as_of: timestamp,
  progress: timestamp,
  values: Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, 50])) as ProductFigureValues,
});

// First, as the rules and chains of what follows would make their collections longer.
const inOneProcess = await embedded();
const onRedis = await overRedis();

const set = createRuleSet();
const compiling = process.hrtime.bigint();
for (const rule of rules()) set.put(rule);
const compileMs = Number(process.hrtime.bigint() - compiling) / 1e6;
const evaluator = createEvaluator({ rules: set, settleMs: 5_000 });
for (const product of products) evaluator.figures(figuresOf(product, START_MS - 120_000));

const codec = createChainHeadCodec();
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const decodeMs: number[] = [];
const evaluateMs: number[] = [];
let firings = 0;
let memories = 0;
for (let second = 0; second < WARM_UP + MEASURED; second++) {
  const frames = secondOf(second);
  const began = cpuMs();
  const chains = frames.map((frame) => codec.decode(frame).chain);
  const decoded = cpuMs();
  for (const chain of chains) {
    const result = evaluator.chain(chain);
    if (second < WARM_UP) continue;
    firings += result.firings.length;
    memories += result.memories.length;
  }
  const done = cpuMs();
  if (second < WARM_UP) continue;
  decodeMs.push(decoded - began);
  evaluateMs.push(done - decoded);
}

const latencyRow = (where: string, { alerts, p50, p99, max }: ToSocket, goalMs: number) =>
  `| ${where} | ${alerts} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${max.toFixed(1)} | ${goalMs} |`;

const chains = PRODUCTS * CHAINS_A_SECOND;
const [decode, evaluate] = [median(decodeMs), median(evaluateMs)];
const row = (what: string, ms: number) =>
  `| ${what} | ${ms.toFixed(1)} | ${((1_000 * ms) / chains).toFixed(1)} |`;
process.stdout.write(
  [
    `${(PRODUCTS * CONDITIONS.length).toLocaleString('en')} rules of ${PRODUCTS} products, ${chains.toLocaleString('en')} chains of ` +
      `${strikes.length} strikes a second. Processor time for one second of data, median of ${MEASURED}.`,
    '',
    '| step | ms | us a chain |',
    '|---|---|---|',
    row('decode the head of the frame', decode),
    row(`evaluate ${CONDITIONS.length} rules`, evaluate),
    row('**both**', decode + evaluate),
    '',
    `${((decode + evaluate) / 10).toFixed(1)}% of one core (goal: at most 100%); ${Math.round(firings / MEASURED)} firings and ` +
      `${Math.round(memories / MEASURED)} changed memories a second. Compiling all rules took ${compileMs.toFixed(0)} ms.`,
    '',
    described,
    '',
    '| path | alerts | p50 ms | p99 ms | max ms | goal p99 ms |',
    '|---|---|---|---|---|---|',
    latencyRow('alerts and socket gateway in one process, with the publisher', inOneProcess, 15),
    latencyRow('each in a process of its own, over Redis', onRedis, 40),
    '',
  ].join('\n'),
);
