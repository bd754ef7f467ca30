import { sviVolatility } from '@deltastream/quant';
import { openRecording } from '@deltastream/recordings';
import { recording } from '@deltastream/recordings/testing/recordings';
import { describe, expect, it } from 'vitest';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';
import { fitSurface } from './fit-surface.ts';

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
        const [{ svi }] = (await fitSurface([chain])).slices;
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
