import Type from 'typebox';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { SIDES } from '../../market/columns.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { chainQuery, fieldsQuery, marketRoute, NextCursor, orderedPageQuery } from '../route.ts';
import { resolutionQuery } from './history.ts';

const sum = (description: string) =>
  nullable(Type.Number({ description: `Sum of quantity x ${description}. Null where a leg has none` }));

/** Pairs at the money that are chosen anew in each snapshot. */
export const ROLLING_PAIRS = ['straddle', 'strangle'] as const;

export const PremiumLegView = Type.Object({
  expiry: ExpiryDate,
  strike: Type.Number(),
  side: Type.Enum([...SIDES]),
  quantity: Type.Integer({ description: 'Contracts; below 0 where they are sold' }),
});

export const PremiumPointView = Type.Object({
  timestamp: IsoTime,
  oldest_timestamp: Type.String({
    format: 'date-time',
    description: 'Of the oldest snapshot that a leg is taken from',
  }),
  spot_price: NullableNumber,
  premium: sum('price, quote currency per unit of the underlying'),
  delta: sum('delta'),
  gamma: sum('gamma'),
  theta: sum('theta, per calendar day'),
  vega: sum('vega, per 1.00 of volatility'),
  rho: sum('rho, per 1.00 of rate'),
  call_strike: nullable(Type.Number({ description: 'Of a rolling pair' })),
  put_strike: nullable(Type.Number({ description: 'Of a rolling pair' })),
  rolled: Type.Boolean({ description: 'The strikes are others than those of the point before' }),
  premium_before_roll: nullable(
    Type.Number({ description: 'Premium of the strikes of the point before, in this snapshot' }),
  ),
  null_reason: nullable(
    Type.String({ description: 'What the first leg that lacks a figure lacks, and why' }),
  ),
});

export const getPremium = marketRoute('GET', '/api/analytics/premium/:product', {
  summary: 'Premium and greeks over time of any legs, or of a pair that is kept at the money',
  description:
    'The snapshots are those of the expiry that ends first; a leg of another expiry is taken from its latest ' +
    'snapshot at or before. A snapshot that is not stored any more is left out.',
  query: {
    legs: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 600,
        description:
          'Up to twelve legs by comma, each EXPIRY:STRIKE:SIDE:QUANTITY; SIDE is `call` or `put`, QUANTITY a number ' +
          'of contracts, below 0 where they are sold',
        examples: ['2026-08-25:24000:call:1,2026-08-25:24000:put:1'],
      }),
    ),
    rolling: Type.Optional(
      Type.Enum([...ROLLING_PAIRS], {
        description:
          'Instead of legs, a call and a put bought at the money of each snapshot: both at the strike nearest the ' +
          'forward (`straddle`, also where neither is given), or `width` listed strikes away from it (`strangle`)',
      }),
    ),
    width: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description:
          'Listed strikes between the money and either side of a strangle; 1 where it is not given',
      }),
    ),
    ...chainQuery,
    ...resolutionQuery,
    ...orderedPageQuery,
    ...fieldsQuery,
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: nullable(ExpiryDate),
    rolling: nullable(Type.Enum([...ROLLING_PAIRS])),
    legs: Type.Array(PremiumLegView),
    resolution: nullable(Type.Enum([...BAR_INTERVALS])),
    count: Type.Integer(),
    points: Type.Array(PremiumPointView),
    next_cursor: NextCursor,
  }),
  table: listTable('points', PremiumPointView),
});
