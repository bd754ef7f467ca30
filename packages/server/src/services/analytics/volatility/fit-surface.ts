import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EnrichedChain, SurfaceFit, SurfaceSlice } from '@deltastream/contracts';
import { fitSvi, type SviFit, smileWeights } from '@deltastream/quant';
import { type SurfacePoints, surfacePoints } from './surface-slice.ts';

/**
 * The surface of one product from the latest chain of each expiry, at least one, in any order. A fit takes
 * half a millisecond, so others get their turn between two expiries.
 */
export async function fitSurface(chains: readonly EnrichedChain[]): Promise<SurfaceFit> {
  const ascending = chains.toSorted((a, b) => a.expiry_at - b.expiry_at);
  const { product, timestamp, epoch, seq } = ascending.reduce((newest, chain) =>
    isNewer(chain, newest) ? chain : newest,
  );
  const slices: SurfaceSlice[] = [];
  for (const chain of ascending) {
    slices.push(fitSlice(chain));
    await nextTurn();
  }
  return { product, timestamp, epoch, seq, slices };
}

/** An order that is total for the chains of one product, so that every worker finds the same newest one. */
const isNewer = (a: EnrichedChain, b: EnrichedChain): boolean =>
  a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.seq > b.seq);

function fitSlice(chain: EnrichedChain): SurfaceSlice {
  const { forward, year_fraction, atm_iv } = chain.summary;
  const { strikes, iv, widths } = surfacePoints(chain);
  const fit =
    forward === null
      ? null
      : fitQuoted({ forward, yearFraction: year_fraction, strikes, iv, widths, atm_iv });
  const { expiry, timestamp } = chain;
  const known = { expiry, timestamp, year_fraction, forward, atm_iv, strikes, iv };
  if (fit === null) return { ...known, svi: null, reason: whyNot(chain, strikes.length) };
  const { a, b, rho, m, sigma, rmseVolPoints } = fit;
  return { ...known, svi: { a, b, rho, m, sigma, rmse_vol_points: rmseVolPoints }, reason: null };
}

interface QuotedSmile extends SurfacePoints {
  readonly forward: number;
  readonly yearFraction: number;
  readonly atm_iv: number | null;
}

/** The curve is held to the at-the-money volatility; elsewhere a price counts by how closely it is quoted. */
function fitQuoted({ forward, yearFraction, strikes, iv, widths, atm_iv }: QuotedSmile): SviFit | null {
  const smile = {
    forward,
    yearFraction,
    strikes: Float64Array.from(strikes),
    ivs: Float64Array.from(iv),
  };
  const weights = smileWeights({ ...smile, widths: Float64Array.from(widths) });
  return fitSvi({ ...smile, weights, atmIv: atm_iv });
}

function whyNot({ summary }: EnrichedChain, points: number): string {
  if (summary.forward === null) return 'the chain has no forward';
  if (!(summary.year_fraction > 0)) return 'the expiry is over';
  return `${points} usable volatilities are too few for a curve, or at one strike`;
}
