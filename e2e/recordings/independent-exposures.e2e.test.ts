import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ChainFigureName, column, type EnrichedChain, type Side } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../packages/recordings/src/index.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';

/** An interpreter with `pip install numpy`. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('../support/market/exposures.py', import.meta.url));
const haveNumpy = spawnSync(PYTHON, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0;
if (!haveNumpy) {
  process.stdout.write(
    'Skipped: numpy (not installed; DELTASTREAM_PYTHON names an interpreter that has it).\n',
  );
}

/** Recordings, and of which of their chains one is taken. */
const RECORDINGS: readonly (readonly [string, number])[] = [
  ['nse/NIFTY_chain_snapshots_2018-10_2019-06.tar.xz', 20],
  ['nse/nifty_chain_20260819.csv.gz', 10],
  ['deribit/deribit_options_snapshots_2026-01.tar.xz', 20],
  ['us/cboe_spx_quotedata_2022-06-11.csv.gz', 1],
];
const KINDS = ['gex', 'dex', 'vex', 'vanna_exposure', 'charm_exposure'] as const;
const OTHERS = [
  'call_wall_strike',
  'put_wall_strike',
  'gamma_flip',
  'rr25',
  'bf25',
  'rr10',
  'bf10',
  'skew_slope',
] as const satisfies readonly ChainFigureName[];
type Figures = Readonly<Record<string, number | null>>;

describe.skipIf(!haveRecordings || !haveNumpy)('exposures and skew by numpy', () => {
  it.each(RECORDINGS)('%s: equal to 1e-9 of their size', async (name, every) => {
    const enrich = createChainEnricher({ rate: 0.05 });
    const chains: EnrichedChain[] = [];
    let index = 0;
    for await (const item of await openRecording(recording(name))) {
      if (item.kind !== 'chain' || index++ % every !== 0) continue;
      const chain = enrich(item.chain);
      if (chain.summary.gex_net !== null) chains.push(chain);
    }
    const input = chains.map((chain) => `${JSON.stringify(inputOf(chain))}\n`).join('');
    const { stdout, stderr } = spawnSync(PYTHON, [SCRIPT], { input, maxBuffer: 1e9, encoding: 'utf8' });
    expect(stderr).toBe('');
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Figures);
    expect(found).toHaveLength(chains.length);
    let worst = 0;
    for (const [i, { summary }] of chains.entries()) {
      for (const kind of KINDS) {
        const gross = summary[`${kind}_gross`] ?? Number.NaN;
        for (const figure of [`${kind}_net`, `${kind}_gross`] as const) {
          const difference = Math.abs((summary[figure] ?? Number.NaN) - Number(found[i][figure])) / gross;
          worst = Math.max(worst, gross === 0 ? 0 : difference);
        }
      }
      for (const figure of OTHERS) {
        const [ours, theirs] = [summary[figure], found[i][figure]];
        expect(ours === null, `${figure} of ${chains[i].expiry}`).toBe(theirs === null);
        if (ours === null || theirs === null) continue;
        worst = Math.max(worst, Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs)));
      }
    }
    process.stdout.write(`${name}: ${chains.length} chains, worst difference ${worst.toExponential(1)}\n`);
    expect(chains.length).toBeGreaterThan(10);
    expect(worst).toBeLessThan(1e-9);
  });
});

function inputOf({ summary, columns, spot, lot_size, quality }: EnrichedChain) {
  const cells = (name: Parameters<typeof column>[1]) =>
    Array.from(column(columns, name), (value) => (Number.isNaN(value) ? null : value));
  const side = (each: Side) => ({
    oi: cells(`${each}_open_interest`),
    iv: cells(`${each}_iv`),
    delta: cells(`${each}_delta`),
    gamma: cells(`${each}_gamma`),
    vega: cells(`${each}_vega`),
  });
  const { forward, year_fraction: years, rate, atm_iv } = summary;
  const level = spot !== null && spot > 0 && !quality.includes('spot_frozen') ? spot : forward;
  const discount = Math.exp(-rate * years);
  const strikes = cells('strike');
  const terms = { forward, years, rate, discount, level, lot: lot_size, atm_iv, strikes };
  return { ...terms, call: side('call'), put: side('put') };
}
