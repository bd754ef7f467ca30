import Type, { type Static } from 'typebox';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { EpochMs, ExpiryDate, Numbered, ProductSymbol } from './chain.ts';

const LogMoneynessRange = { from: Type.Number(), to: Type.Number() } as const;

/** What a fit says of itself; absent in surfaces of releases before 0.2.0. */
const FitQuality = {
  repaired: Type.Optional(
    Type.Boolean({
      description:
        'Fitted again so that total variance does not fall from the expiry before, nor to the next',
    }),
  ),
  repriced: Type.Optional(
    nullable(
      Type.Object(
        { quoted: Type.Integer(), inside: Type.Integer() },
        {
          description:
            'Out-of-the-money contracts with a two-sided quote, and those whose price on the curve is between bid and ask',
        },
      ),
    ),
  ),
  butterfly_arbitrage: Type.Optional(
    nullable(
      Type.Array(Type.Object(LogMoneynessRange), {
        description:
          'Intervals of ln(strike / forward) between the outermost quotes where the density is negative; null where ' +
          'there is no curve',
      }),
    ),
  ),
  calendar_arbitrage: Type.Optional(
    nullable(
      Type.Array(Type.Object({ ...LogMoneynessRange, reason: Type.Enum(['quotes', 'curve']) }), {
        description:
          'Intervals where total variance is below that of the expiry before, after the repair; null where there is ' +
          'nothing to compare. `quotes`: what is quoted does not allow another curve; `curve`: none was found',
      }),
    ),
  ),
} as const;

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
  forward: NullableNumber,
  atm_iv: NullableNumber,
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
  ...FitQuality,
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
  ...Numbered,
  slices: Type.Array(SurfaceSlice),
});
export type SurfaceFit = Static<typeof SurfaceFit>;
