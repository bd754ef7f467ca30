import Type from 'typebox';
import { CHAIN_FIGURES } from '../../figures/chain-figures.ts';
import { figureProperties } from '../../figures/schema.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { OutdatedExpiries } from '../../market/product-figures.ts';
import { SurfaceSlice } from '../../market/surface.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { atQuery, marketRoute } from '../route.ts';

export const getVolatilitySurface = marketRoute('GET', '/api/analytics/volatility-surface/:product', {
  summary: 'Implied volatility by expiry and strike, out-of-the-money side',
  query: atQuery,
  response: Type.Object({
    product: ProductSymbol,
    timestamp: IsoTime,
    count: Type.Integer(),
    expiries: Type.Array(
      Type.Object({
        expiry: ExpiryDate,
        timestamp: IsoTime,
        year_fraction: Type.Number(),
        forward: NullableNumber,
        atm_iv: NullableNumber,
        strikes: Type.Array(Type.Number()),
        log_moneyness: Type.Array(Type.Number({ description: 'ln(strike / forward)' })),
        iv: Type.Array(Type.Number()),
      }),
    ),
  }),
});

export const getSurfaceFit = marketRoute('GET', '/api/analytics/surface-fit/:product', {
  summary: 'The fitted volatility surface: raw SVI by expiry, its error and its arbitrage',
  description:
    'Total variance w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)) with k = ln(strike / forward). ' +
    'Fitted when new chains are stored or it is asked for; expiries are fitted again so that total variance does not ' +
    'fall from one to the next, as far as their quotes allow.',
  query: atQuery,
  response: Type.Object({
    product: ProductSymbol,
    timestamp: IsoTime,
    count: Type.Integer(),
    expiries: Type.Array(
      Type.Object({
        ...SurfaceSlice.properties,
        timestamp: IsoTime,
      }),
    ),
  }),
});

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

export const getTermStructure = marketRoute('GET', '/api/analytics/term-structure/:product', {
  summary: 'Volatility and skew of every unexpired expiry, and volatility at constant maturities',
  description: 'Constant maturities are linear in total variance between expiries; nothing is extrapolated.',
  query: atQuery,
  response: Type.Object({
    product: ProductSymbol,
    timestamp: IsoTime,
    count: Type.Integer(),
    expiries: Type.Array(TermPointView),
    outdated_expiries: OutdatedExpiries,
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
  table: listTable('expiries', TermPointView),
});
