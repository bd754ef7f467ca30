import {
  column,
  type EnrichedChain,
  type getSmile,
  SIDE_COLUMNS,
  SIDES,
  type SurfaceSlice,
} from '@deltastream/contracts';
import { sviVolatility } from '@deltastream/quant';
import type { Static } from 'typebox';
import { curveOf } from './curve.ts';
import { quoteIvs } from './fitting/fit-slices.ts';
import { signOf } from './fitting/smile-quotes.ts';
import { USABLE } from './surface-slice.ts';
import { fittedView } from './surface-views.ts';

type SmileView = Static<(typeof getSmile.schema.response)[200]>;

/** One expiry of a surface with the chain it was fitted to. */
export function smileView(chain: EnrichedChain, slice: SurfaceSlice, places: number): SmileView {
  const points = smilePoints(chain, slice);
  const { product } = chain;
  return { product, ...fittedView(slice), count: points.length, points, curve: curveOf(slice, places) };
}

/** Both sides of every strike that has a volatility, of its price or of one of its quotes. */
function smilePoints(chain: EnrichedChain, { svi }: SurfaceSlice): SmileView['points'] {
  const { forward, year_fraction: yearFraction, rate } = chain.summary;
  if (forward === null) return [];
  const strikes = column(chain.columns, 'strike');
  const fitted = strikes.map((strike) =>
    svi === null ? Number.NaN : sviVolatility(svi, Math.log(strike / forward), yearFraction),
  );
  const columns = SIDES.map((side) => {
    const names = SIDE_COLUMNS[side];
    const [bid, ask] = [column(chain.columns, names.bid), column(chain.columns, names.ask)];
    const sides = new Int8Array(strikes.length).fill(signOf(side));
    const terms = { forward, yearFraction, discountFactor: Math.exp(-rate * yearFraction), strikes, sides };
    const status = column(chain.columns, names.iv_status);
    return {
      side,
      iv: column(chain.columns, names.iv).map((iv, i) => (USABLE.has(status[i]) ? iv : Number.NaN)),
      bid_iv: quoteIvs(terms, bid),
      ask_iv: quoteIvs(terms, ask),
    };
  });
  const known = (value: number) => (value > 0 && value < Infinity ? value : null);
  return Array.from(strikes).flatMap((strike, i) =>
    columns.flatMap(({ side, iv, bid_iv, ask_iv }) => {
      const given = { iv: known(iv[i]), bid_iv: known(bid_iv[i]), ask_iv: known(ask_iv[i]) };
      if (Object.values(given).every((each) => each === null)) return [];
      const log_moneyness = Math.log(strike / forward);
      return [{ strike, side, log_moneyness, ...given, fitted_iv: known(fitted[i]) }];
    }),
  );
}
