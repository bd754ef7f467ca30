import type { EnrichedChain, SurfaceFit, SurfaceSlice } from '@deltastream/contracts';
import { surfacePoints } from '../surface-slice.ts';
import type { FittedSlice } from './fit-slices.ts';
import { type SmileQuotes, smileQuotes } from './smile-quotes.ts';

/** Fits smiles of one product, ascending in time: `fitSlices`, on whatever thread. */
export type FitSmiles = (smiles: readonly (SmileQuotes | null)[]) => Promise<(FittedSlice | null)[]>;

/** The surface of one product from a chain of each expiry, at least one, in any order. */
export async function fitSurface(chains: readonly EnrichedChain[], fit: FitSmiles): Promise<SurfaceFit> {
  const ascending = chains.toSorted((a, b) => a.expiry_at - b.expiry_at);
  const { product, timestamp, epoch, seq } = ascending.reduce((newest, chain) =>
    isNewer(chain, newest) ? chain : newest,
  );
  const fits = await fit(ascending.map(smileQuotes));
  const slices = ascending.map((chain, i) => sliceOf(chain, fits[i]));
  return { product, timestamp, epoch, seq, slices };
}

/** An order that is total for the chains of one product, so that every worker finds the same newest one. */
const isNewer = (a: EnrichedChain, b: EnrichedChain): boolean =>
  a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.seq > b.seq);

function sliceOf(chain: EnrichedChain, fitted: FittedSlice | null): SurfaceSlice {
  const { forward, year_fraction, atm_iv } = chain.summary;
  const { strikes, iv } = surfacePoints(chain);
  const known = { expiry: chain.expiry, timestamp: chain.timestamp, year_fraction, forward, atm_iv };
  if (fitted === null) {
    const none = { repaired: false, repriced: null, butterfly_arbitrage: null, calendar_arbitrage: null };
    return { ...known, svi: null, reason: whyNot(chain, strikes.length), ...none, strikes, iv };
  }
  const { rmseVolPoints, ...svi } = fitted.svi;
  return {
    ...known,
    svi: { ...svi, rmse_vol_points: rmseVolPoints },
    reason: null,
    repaired: fitted.repaired,
    repriced: { quoted: fitted.quoted, inside: fitted.insideQuotes },
    butterfly_arbitrage: fitted.butterfly,
    calendar_arbitrage: fitted.calendar,
    strikes,
    iv,
  };
}

function whyNot({ summary }: EnrichedChain, points: number): string {
  if (summary.forward === null) return 'the chain has no forward';
  if (!(summary.year_fraction > 0)) return 'the expiry is over';
  return `${points} usable volatilities are too few for a curve, or at one strike`;
}
