import Type, { type Static } from 'typebox';
import { nullable } from '../nullable.ts';
import { EpochMs, ExpiryDate, ProductSymbol } from './chain.ts';

/**
 * One expiry of a fitted surface. `svi` are the parameters of raw SVI, total variance
 * w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)) with k = ln(strike / forward); null where no curve
 * could be fitted, and then `reason` says why.
 */
export const SurfaceSlice = Type.Object({
  expiry: ExpiryDate,
  /** Instant of the chain that was fitted. */
  timestamp: EpochMs,
  year_fraction: Type.Number(),
  forward: nullable(Type.Number()),
  atm_iv: nullable(Type.Number()),
  svi: nullable(
    Type.Object({
      a: Type.Number(),
      b: Type.Number(),
      rho: Type.Number(),
      m: Type.Number(),
      sigma: Type.Number(),
      rmse_vol_points: Type.Number({
        description: 'Root mean square of fitted minus market, in vol points, not weighted',
      }),
    }),
  ),
  reason: nullable(Type.String()),
  /** Market volatilities that took part, out-of-the-money side, by ascending strike. */
  strikes: Type.Array(Type.Number()),
  iv: Type.Array(Type.Number()),
});
export type SurfaceSlice = Static<typeof SurfaceSlice>;

/**
 * The volatility surface of a product, slices by ascending expiry. `timestamp`, `epoch` and `seq` are those
 * of the newest chain in it, so the same chains give the same surface wherever it is fitted.
 */
export const SurfaceFit = Type.Object({
  product: ProductSymbol,
  timestamp: EpochMs,
  epoch: Type.String({ minLength: 1, maxLength: 64 }),
  seq: Type.Integer({ minimum: 0 }),
  slices: Type.Array(SurfaceSlice),
});
export type SurfaceFit = Static<typeof SurfaceFit>;
