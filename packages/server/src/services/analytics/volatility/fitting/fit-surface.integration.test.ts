import type { EnrichedChain } from '@deltastream/contracts';
import { type SviParameters, sviCalendarViolations, sviVolatility } from '@deltastream/quant';
import { openRecording } from '@deltastream/recordings';
import { recording } from '@deltastream/recordings/testing/recordings';
import { describe, expect, it } from 'vitest';
import { createChainEnricher } from '../../../enricher/chain/enrich-chain.ts';
import { type FittedSlice, fitSlices } from './fit-slices.ts';
import { fitSurface } from './fit-surface.ts';
import { type SmileQuotes, smileQuotes } from './smile-quotes.ts';

/** Chains of recordings with two-sided quotes: SPX and SPXW of every expiry, NIFTY on the day it expires. */
const RECORDINGS = [
  { name: 'us/cboe_spx_quotedata_2022-06-11.csv.gz', least: 40 },
  { name: 'us/2026-08-12_SPY.csv.gz', least: 15 },
  { name: 'nse/karthik_NIFTY_2026-05-26_1min_nseweb_csv.tar.xz', least: 20 },
];
const MOST_VOL_POINTS = 0.2;

describe('surface fit of recorded chains', () => {
  for (const { name, least } of RECORDINGS) {
    const { path, absent } = recording(name);

    it.skipIf(absent)(`${name}: at the money within ${MOST_VOL_POINTS} vol points`, async () => {
      const enrich = createChainEnricher({ rate: 0 });
      let fits = 0;
      let worst = 0;
      for await (const item of await openRecording(path)) {
        if (item.kind !== 'chain') continue;
        const chain = enrich(item.chain);
        const { atm_iv, year_fraction } = chain.summary;
        const [{ svi }] = (await fitSurface([chain], async (smiles) => fitSlices(smiles))).slices;
        if (svi === null || atm_iv === null) continue;
        fits++;
        worst = Math.max(worst, 100 * Math.abs(sviVolatility(svi, 0, year_fraction) - atm_iv));
        expect(svi.b * (1 + Math.abs(svi.rho))).toBeLessThanOrEqual(2);
      }
      expect(fits).toBeGreaterThanOrEqual(least);
      expect(worst).toBeLessThan(MOST_VOL_POINTS);
    });
  }
});

const deribit = recording('deribit/deribit_options_snapshots_2026-01.tar.xz');
/** Snapshots of the expiries of a product are seconds apart. */
const MINUTE_MS = 60_000;

describe('surfaces of Deribit, January 2026', () => {
  it.skipIf(deribit.absent)(
    'reprice 95 % of the quotes between bid and ask, also where expiries are kept from crossing',
    async () => {
      const enrich = createChainEnricher({ rate: 0 });
      const surfaces = new Map<string, EnrichedChain[]>();
      for await (const item of await openRecording(deribit.path)) {
        if (item.kind !== 'chain') continue;
        const { product, timestamp } = item.chain;
        const key = `${product} ${Math.round(timestamp / MINUTE_MS)}`;
        surfaces.set(key, [...(surfaces.get(key) ?? []), enrich(item.chain)]);
      }
      let [quoted, alone, together] = [0, 0, 0];
      const crossing = { pairs: 0, before: 0, quotes: 0, curve: 0 };
      for (const chains of surfaces.values()) {
        const smiles = chains.toSorted((a, b) => a.expiry_at - b.expiry_at).map(smileQuotes);
        const fits = fitSlices(smiles).filter((fit) => fit !== null);
        const single = smiles.flatMap((smile) => fitSlices([smile])).filter((fit) => fit !== null);
        for (const [i, fit] of fits.entries()) {
          quoted += fit.quoted;
          together += fit.insideQuotes;
          alone += single[i].insideQuotes;
          if (i === 0) continue;
          const { reasons, before } = crossingOf(
            smiles[i - 1],
            smiles[i],
            single[i - 1].svi,
            single[i].svi,
            fit,
          );
          crossing.pairs++;
          if (before) crossing.before++;
          if (reasons.includes('curve')) crossing.curve++;
          else if (reasons.includes('quotes')) crossing.quotes++;
        }
      }
      const percent = (count: number) => `${((100 * count) / quoted).toFixed(2)} %`;
      process.stdout.write(
        `Deribit, January 2026: of ${quoted} out-of-the-money contracts with a two-sided quote, ${percent(alone)} ` +
          `repriced between bid and ask by each expiry alone, ${percent(together)} by the surface. Of ${crossing.pairs} ` +
          `pairs of expiries ${crossing.before} cross alone; on the surface ${crossing.quotes} because quotes do not ` +
          `allow another, ${crossing.curve} because no curve was found.\n`,
      );
      expect(quoted).toBeGreaterThan(70_000);
      expect(together / quoted).toBeGreaterThan(0.95);
      expect(crossing.before).toBeGreaterThan(2 * (crossing.quotes + crossing.curve));
    },
  );
});

function crossingOf(
  near: SmileQuotes | null,
  far: SmileQuotes | null,
  nearSvi: SviParameters,
  farSvi: SviParameters,
  { calendar }: FittedSlice,
) {
  const edges = [near, far].map((smile) => {
    const { strikes, forward } = smile as SmileQuotes;
    return [strikes[0], strikes[strikes.length - 1]].map((strike) => Math.log(strike / forward));
  });
  const range = { from: Math.max(edges[0][0], edges[1][0]), to: Math.min(edges[0][1], edges[1][1]) };
  const before = range.from < range.to && sviCalendarViolations(nearSvi, farSvi, range).length > 0;
  return { before, reasons: (calendar ?? []).map(({ reason }) => reason) };
}
