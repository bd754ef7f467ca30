import {
  column,
  createColumnMemory,
  ENRICHED_CHAINS,
  MARKET_CHAINS,
  toChainView,
} from '@deltastream/contracts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { interleave, median } from '../measure/statistics.ts';

/** Enriching one 200-row chain with everything, from frame to frame, as an enricher does it. */
const strikes = Array.from({ length: 100 }, (_, i) => 21_500 + 50 * i);
const sigma = (strike: number) => 0.14 + ((strike - 24_000) / 24_000) ** 2;
const raw = pricedChain({ strikes, sigma, days: 12, halfSpread: 0.05, tick: 0.05 });
const frame = MARKET_CHAINS.frames.encode(raw);
const enriched = createChainEnricher({ rate: 0 })(raw);
const enrich = createChainEnricher({ rate: 0 }, createColumnMemory());
const rawMemory = createColumnMemory();
const decode = () => MARKET_CHAINS.frames.decode(frame, rawMemory);
const out = ENRICHED_CHAINS.frames.encode(enriched);
const solved = column(enriched.columns, 'call_iv').filter((iv) => iv > 0).length;

const steps = {
  total: () => ENRICHED_CHAINS.frames.encode(enrich(decode()), frame),
  decode,
  enrich: () => enrich(raw),
  encode: () => ENRICHED_CHAINS.frames.encode(enriched, frame),
};
// In rounds of its own: what it leaves behind would be collected during a step.
const comparison = { json: () => JSON.stringify(toChainView(enriched)) };
// Rounds are so short that other processes seldom break into one.
const [ROUNDS, CALLS, WARM_UP_CALLS] = [1000, 10, 3000];
const measure = <Name extends string>(candidates: Readonly<Record<Name, () => void>>) => {
  interleave(candidates, { rounds: 1, callsPerRound: WARM_UP_CALLS });
  const samples = interleave(candidates, { rounds: ROUNDS, callsPerRound: CALLS });
  return Object.entries<number[]>(samples).map(([name, values]) => [name, median(values)] as const);
};
const microseconds = Object.fromEntries([...measure(steps), ...measure(comparison)]);
const row = (what: string, value: number) =>
  `| ${what} | ${value.toFixed(1)} | ${(value / microseconds.json).toFixed(2)} |`;

process.stdout.write(
  [
    `One chain of ${strikes.length} strikes (200 contracts, ${solved} call volatilities solved), raw frame ` +
      `${frame.length} bytes, enriched frame ${out.length} bytes. Medians of ${ROUNDS} interleaved rounds of ${CALLS} calls.`,
    '',
    '| step | us | ratio to JSON of the same chain |',
    '|---|---|---|',
    row('decode the raw frame', microseconds.decode),
    row('enrich: every figure', microseconds.enrich),
    row('encode the enriched frame', microseconds.encode),
    row('**all of it: frame in, frame out**', microseconds.total),
    row('JSON.stringify of the enriched chain, for comparison', microseconds.json),
    '',
    `${Math.floor(1e6 / microseconds.total).toLocaleString('en')} chains a second on one core ` +
      '(goal: at most 100 us, at least 10,000 a second).',
    '',
  ].join('\n'),
);
