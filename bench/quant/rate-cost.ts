import { column, type RawChain } from '@deltastream/contracts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import type { RateSettings } from '../../packages/server/src/services/enricher/rate.ts';

/**
 * What each choice of the rate costs: chains priced at 20% volatility and discounted on a curve of zero rates that
 * rises from 2% at a day to 4% at a year, enriched with every choice. Prints a Markdown table.
 */
const SIGMA = 0.2;
const POINTS = [
  { tenor_days: 1, rate: 0.02 },
  { tenor_days: 365, rate: 0.04 },
];
const curveRate = (days: number) => 0.02 + (0.02 * (days - 1)) / 364;
const curves = { INR: [{ effective_from: '2020-01-01', source: 'made up', points: POINTS }] };
const CHOICES: readonly (readonly [name: string, settings: RateSettings])[] = [
  ['none: 0 (`default_zero`)', {}],
  ['`--rate 0.02`', { rate: 0.02 }],
  ['`--rate 0.04`', { rate: 0.04 }],
  ['`--rate-curve`', { curves }],
];
const DAYS = [7, 30, 90, 182, 365];

function discounted(days: number): RawChain {
  const chain = pricedChain({ days, sigma: () => SIGMA, halfSpread: 0.0001, tick: 0.0001 });
  const factor = Math.exp((-curveRate(days) * days) / 365);
  for (const name of ['call_bid', 'call_ask', 'put_bid', 'put_ask'] as const) {
    const cells = column(chain.columns, name);
    cells.set(cells.map((price) => price * factor));
  }
  return chain;
}

/** At-the-money volatility of a chain whose true one is SIGMA, less that, in percent of it. */
function errorPercent(settings: RateSettings, days: number): number {
  const { atm_iv } = createChainEnricher(settings)(discounted(days)).summary;
  return 100 * ((atm_iv ?? Number.NaN) / SIGMA - 1);
}

const lines = CHOICES.map(([name, settings]) => {
  const cells = DAYS.map((days) => (errorPercent(settings, days) + 0).toFixed(2).replace(/^-0\.00$/, '0.00'));
  return `| ${name} | ${cells.join(' | ')} |`;
});
const head = `| rate used | ${DAYS.map((days) => `${days} days`).join(' | ')} |`;
process.stdout.write(`${[head, `|---|${'---|'.repeat(DAYS.length)}`, ...lines].join('\n')}\n`);
