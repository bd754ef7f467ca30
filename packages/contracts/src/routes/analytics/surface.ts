import Type from 'typebox';
import { CHAIN_FIGURES } from '../../figures/chain-figures.ts';
import { figureProperties } from '../../figures/schema.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { SIDES } from '../../market/columns.ts';
import { SurfaceSlice } from '../../market/surface.ts';
import { listTable, type TableRow } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { atQuery, chainQuery, marketRoute, NextCursor, orderedPageQuery } from '../route.ts';

const failures = ['unavailable', 'timeout', 'stopped'] as const;
const probability = (description: string) => nullable(Type.Number({ description }));

const gridQuery = {
  grid: Type.Optional(
    Type.Integer({
      minimum: 3,
      maximum: 401,
      default: 41,
      description: 'Places of each curve, evenly in ln(strike / forward) between its outermost quotes',
    }),
  ),
} as const;

/** A place of a curve, and what it implies of the underlying at expiry. Null where total variance is not positive. */
export const CurvePointView = Type.Object({
  strike: Type.Number(),
  log_moneyness: Type.Number({ description: 'ln(strike / forward)' }),
  iv: NullableNumber,
  total_variance: Type.Number({ description: 'iv^2 x year_fraction' }),
  density: probability(
    'Of the price at expiry, per unit of it: the second derivative of the curve’s call prices by strike. Negative ' +
      'where there is butterfly arbitrage',
  ),
  probability_below: probability('Of a price at expiry below the strike'),
  probability_touch: probability(
    'Of touching the strike before expiry: twice that of ending beyond it, at most 1',
  ),
});

const { strikes, iv, timestamp, ...slice } = SurfaceSlice.properties;
const FittedExpiry = { ...slice, timestamp: IsoTime } as const;

export const getSurface = marketRoute('GET', '/api/analytics/surface/:product', {
  summary: 'The fitted surface on a grid, with the density and probabilities it implies, and its arbitrage',
  description:
    'The curves of `surface-fit`. As CSV a row per place of a curve. A surface is fitted when it is asked for after ' +
    'new chains came; until that is done, for at most --analytics-surface-stale-ms, the one before is returned: ' +
    '`timestamp` says of when it is.',
  query: { ...atQuery, ...gridQuery },
  response: Type.Object({
    product: ProductSymbol,
    timestamp: IsoTime,
    repriced: Type.Object({
      quoted: Type.Integer({ description: 'Out-of-the-money contracts with a two-sided quote' }),
      inside: Type.Integer({ description: 'Those whose price on the surface is between bid and ask' }),
    }),
    count: Type.Integer(),
    expiries: Type.Array(
      Type.Object({
        ...FittedExpiry,
        points: Type.Object({ strikes, iv }),
        curve: Type.Array(CurvePointView),
      }),
    ),
  }),
  failures,
  table: {
    columns: ['expiry', ...Object.keys(CurvePointView.properties)],
    rows: ({ expiries }) =>
      (expiries as { expiry: string; curve: TableRow[] }[]).flatMap(({ expiry, curve }) =>
        curve.map((place) => ({ expiry, ...place })),
      ),
  },
});

export const SmilePointView = Type.Object({
  strike: Type.Number(),
  side: Type.Enum([...SIDES]),
  log_moneyness: Type.Number({ description: 'ln(strike / forward)' }),
  iv: nullable(
    Type.Number({ description: 'As of the chain; of an in-the-money contract it may be its twin’s' }),
  ),
  bid_iv: nullable(Type.Number({ description: 'Of the bid; null where there is none, or it says nothing' })),
  ask_iv: nullable(Type.Number({ description: 'Of the ask; as `bid_iv`' })),
  fitted_iv: nullable(Type.Number({ description: 'Of the curve there; null without a curve' })),
});

export const getSmile = marketRoute('GET', '/api/analytics/smile/:product', {
  summary:
    'Volatilities of one expiry by strike, both sides with those of their quotes, and the fitted curve',
  description: 'The curve is that of `surface`, repaired against the other expiries. As CSV the points.',
  query: { ...chainQuery, ...gridQuery },
  response: Type.Object({
    product: ProductSymbol,
    ...FittedExpiry,
    count: Type.Integer(),
    points: Type.Array(SmilePointView),
    curve: Type.Array(CurvePointView),
  }),
  failures,
  table: listTable('points', SmilePointView),
});

const { year_fraction, forward, atm_iv, rr25, bf25, rr10, bf10, skew_slope } = CHAIN_FIGURES;
const SkewFigures = figureProperties({ atm_iv, rr25, bf25, rr10, bf10, skew_slope });

export const SkewPointView = Type.Object({ timestamp: IsoTime, ...SkewFigures });

export const getSkew = marketRoute('GET', '/api/analytics/skew/:product', {
  summary: 'Risk reversals, butterflies and slope of every unexpired expiry, and their history of one',
  description:
    '`expiry` is the one of which the history is; without it the nearest. As CSV the history. What was stored ' +
    'before a figure was known has it as null.',
  query: { ...chainQuery, ...orderedPageQuery },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    timestamp: IsoTime,
    expiries: Type.Array(
      Type.Object({
        expiry: ExpiryDate,
        timestamp: IsoTime,
        ...figureProperties({ year_fraction, forward }),
        ...SkewFigures,
      }),
    ),
    count: Type.Integer(),
    history: Type.Array(SkewPointView),
    next_cursor: NextCursor,
  }),
  table: listTable('history', SkewPointView),
});
