import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EnrichedChain } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../packages/recordings/src/index.ts';
import { fitSlices } from '../../packages/server/src/services/analytics/volatility/fitting/fit-slices.ts';
import { fitSurface } from '../../packages/server/src/services/analytics/volatility/fitting/fit-surface.ts';
import { smileQuotes } from '../../packages/server/src/services/analytics/volatility/fitting/smile-quotes.ts';
import { surfaceView } from '../../packages/server/src/services/analytics/volatility/surface-views.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';

/** An interpreter with `pip install numpy`. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('../support/market/surface.py', import.meta.url));
const haveNumpy = spawnSync(PYTHON, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0;
if (!haveNumpy) {
  process.stdout.write(
    'Skipped: numpy (not installed; DELTASTREAM_PYTHON names an interpreter that has it).\n',
  );
}

/** Recordings, and of which of their surfaces one is taken. */
const RECORDINGS: readonly (readonly [string, number])[] = [
  ['deribit/deribit_options_snapshots_2026-01.tar.xz', 10],
  ['us/cboe_spx_quotedata_2022-06-11.csv.gz', 1],
];
const MINUTE_MS = 60_000;
const CELLS = ['iv', 'total_variance', 'density', 'probability_below', 'probability_touch'] as const;
type Found = Readonly<Record<(typeof CELLS)[number], number[]>> & { readonly inside: number };

async function surfacesOf(name: string, every: number): Promise<EnrichedChain[][]> {
  const enrich = createChainEnricher({ rate: 0 });
  const surfaces = new Map<string, EnrichedChain[]>();
  for await (const item of await openRecording(recording(name))) {
    if (item.kind !== 'chain') continue;
    const key = `${item.chain.product} ${Math.round(item.chain.timestamp / MINUTE_MS)}`;
    surfaces.set(key, [...(surfaces.get(key) ?? []), enrich(item.chain)]);
  }
  return [...surfaces.values()].filter((_, i) => i % every === 0);
}

describe.skipIf(!haveRecordings || !haveNumpy)('surfaces by numpy', () => {
  it.each(RECORDINGS)('%s: curves, densities and probabilities equal to 1e-9', async (name, every) => {
    const expiries = [];
    for (const chains of await surfacesOf(name, every)) {
      const surface = await fitSurface(chains, async (smiles) => fitSlices(smiles));
      for (const view of surfaceView(surface, 41).expiries) {
        const chain = chains.find(({ expiry }) => expiry === view.expiry);
        if (chain && view.svi !== null) expiries.push({ view, chain });
      }
    }
    const input = expiries.map(({ view, chain }) => `${JSON.stringify(inputOf(view, chain))}\n`).join('');
    const { stdout, stderr } = spawnSync(PYTHON, [SCRIPT], { input, maxBuffer: 1e9, encoding: 'utf8' });
    expect(stderr).toBe('');
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Found);
    expect(found).toHaveLength(expiries.length);
    let worst = 0;
    for (const [i, { view }] of expiries.entries()) {
      for (const cell of CELLS) {
        const size = Math.max(...found[i][cell].map(Math.abs));
        for (const [j, place] of view.curve.entries()) {
          worst = Math.max(worst, Math.abs((place[cell] ?? Number.NaN) - found[i][cell][j]) / size);
        }
      }
      expect(view.repriced?.inside, view.expiry).toBe(found[i].inside);
    }
    process.stdout.write(`${name}: ${expiries.length} curves, worst difference ${worst.toExponential(1)}\n`);
    expect(expiries.length).toBeGreaterThan(30);
    expect(worst).toBeLessThan(1e-9);
  });
});

function inputOf(view: ReturnType<typeof surfaceView>['expiries'][number], chain: EnrichedChain) {
  const smile = smileQuotes(chain);
  const rows = [...(smile?.strikes ?? []).keys()].filter(
    (i) => smile !== null && smile.bids[i] > 0 && smile.asks[i] >= smile.bids[i],
  );
  const cells = (name: 'strikes' | 'sides' | 'bids' | 'asks') => rows.map((i) => smile?.[name][i]);
  return {
    forward: view.forward,
    years: view.year_fraction,
    discount: smile?.discountFactor,
    svi: view.svi,
    strikes: view.curve.map(({ strike }) => strike),
    quotes: { strikes: cells('strikes'), sides: cells('sides'), bids: cells('bids'), asks: cells('asks') },
  };
}
