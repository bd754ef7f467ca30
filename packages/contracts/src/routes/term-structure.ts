import Type from 'typebox';
import { CHAIN_FIGURES } from '../figures/chain-figures.ts';
import { figureProperties } from '../figures/schema.ts';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { listTable } from '../market/table.ts';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../nullable.ts';
import { atQuery, ProductParams, problems, route } from './route.ts';

const { year_fraction, forward, atm_iv, rr25, bf25, rr10, bf10, skew_slope } = CHAIN_FIGURES;

export const TermPointView = Type.Object({
  expiry: ExpiryDate,
  timestamp: IsoTime,
  ...figureProperties({ year_fraction, forward, atm_iv }),
  forward_iv: nullable(
    Type.Number({
      description:
        'Volatility between the expiry before and this one; null where either has none, or total variance falls',
    }),
  ),
  ...figureProperties({ rr25, bf25, rr10, bf10, skew_slope }),
});

export const getTermStructure = route({
  method: 'GET',
  url: '/api/analytics/term-structure/:product',
  access: { scope: 'market:read' },
  schema: {
    tags: ['analytics'],
    summary: 'Volatility and skew of every unexpired expiry, and volatility at constant maturities',
    description:
      'Constant maturities are linear in total variance between expiries; nothing is extrapolated.',
    params: ProductParams,
    querystring: Type.Object(atQuery, { additionalProperties: false }),
    response: {
      200: Type.Object({
        product: ProductSymbol,
        timestamp: IsoTime,
        count: Type.Integer(),
        expiries: Type.Array(TermPointView),
        constant_maturities: Type.Array(
          Type.Object({
            days: Type.Integer({ description: 'Calendar days' }),
            iv: nullable(Type.Number({ description: 'Annualised fraction' })),
          }),
        ),
        term_slope: nullable(
          Type.Number({ description: 'iv of 60 days less iv of 30 days; null where either is unknown' }),
        ),
      }),
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
  table: listTable('expiries', TermPointView),
});
