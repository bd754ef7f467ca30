import Type from 'typebox';
import {
  INDEX_MATURITIES,
  IV_MATURITIES,
  PRODUCT_FIGURE_NAMES,
  PRODUCT_FIGURES,
  REALISED_KINDS,
  VOLATILITY_HORIZONS,
  VOLATILITY_MODELS,
} from '../../figures/product-figures.ts';
import { figureProperties } from '../../figures/schema.ts';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate } from '../../market/chain.ts';
import { ProductFiguresView } from '../../market/product-figures.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { atQuery, fieldsQuery, NextCursor, orderedPageQuery, ProductParams, routesOf } from '../route.ts';

const productRoute = routesOf({
  access: { scope: 'market:read' },
  params: ProductParams,
  failures: ['invalid_request', 'unknown_product', 'no_data', 'unavailable'],
});
const NullReason = nullable(Type.String({ description: 'Why there is none' }));

/** What every response about a product begins with. */
const { product, timestamp, as_of } = ProductFiguresView.properties;
const head = { product, timestamp, as_of };

export const getProductFigures = productRoute('GET', '/api/analytics/product-figures/:product', {
  summary: 'Every figure of a product, across its expiries and sessions',
  query: { ...atQuery, ...fieldsQuery },
  response: ProductFiguresView,
  table: {
    columns: ['product', 'timestamp', 'as_of', ...PRODUCT_FIGURE_NAMES],
    rows: (response) => [response],
  },
});

/** The figures of a product as they were stored. */
export const ProductFiguresPointView = Type.Object({
  timestamp,
  as_of,
  ...figureProperties(PRODUCT_FIGURES),
});

export const listProductFigures = productRoute('GET', '/api/analytics/product-figures/:product/history', {
  summary: 'The figures of a product over time, the last of each minute',
  description: 'As they were computed then; what was imported later has none.',
  query: {
    resolution: Type.Optional(
      Type.Enum([...BAR_INTERVALS], {
        description:
          'The last figures of each interval, aligned to the session as bars are; without it those of each minute',
      }),
    ),
    ...orderedPageQuery,
    ...fieldsQuery,
  },
  response: Type.Object({
    product,
    count: Type.Integer(),
    figures: Type.Array(ProductFiguresPointView),
    next_cursor: NextCursor,
  }),
  table: listTable('figures', ProductFiguresPointView),
});

/** Volatilities of which a close is kept for every session, so that they can be ranked. */
export const RANKED_FIGURES = ['iv_nearest', ...IV_MATURITIES.map((days) => `iv_${days}d` as const)] as const;
export type RankedFigure = (typeof RANKED_FIGURES)[number];

const SessionDate = Type.String({
  format: 'date',
  description: 'Calendar date of the session where the exchange is',
});

export const SessionIvView = Type.Object({
  date: SessionDate,
  iv: Type.Number({ description: 'Closing value, annualised fraction' }),
});

export const getRank = productRoute('GET', '/api/analytics/rank/:product', {
  summary:
    'Rank and percentile of the implied volatility among its closing values of the 252 sessions before',
  description: 'Null below 20 observations. `closes` are the observations, oldest first.',
  query: { ...atQuery, figure: Type.Optional(Type.Enum([...RANKED_FIGURES], { default: 'iv_30d' })) },
  response: Type.Object({
    ...head,
    figure: Type.Enum([...RANKED_FIGURES]),
    iv: nullable(Type.Number({ description: 'Now, annualised fraction' })),
    ...figureProperties({
      rank: PRODUCT_FIGURES.iv_rank,
      percentile: PRODUCT_FIGURES.iv_percentile,
    }),
    low: NullableNumber,
    high: NullableNumber,
    observations: Type.Integer({ description: 'Sessions, at most 252' }),
    null_reason: NullReason,
    count: Type.Integer(),
    closes: Type.Array(SessionIvView),
  }),
  table: listTable('closes', SessionIvView),
});

export const StripTermView = Type.Object({
  days: Type.Enum([...INDEX_MATURITIES], { description: 'Of the index that the expiry is a term of' }),
  expiry: ExpiryDate,
  timestamp: IsoTime,
  year_fraction: Type.Number(),
  variance: Type.Number({ description: 'Annualised' }),
  forward: Type.Number({ description: 'From parity at the strike of least |C - P|' }),
  centre_strike: Type.Number({ description: 'The strike at or next below the forward' }),
  options_used: Type.Integer(),
});

export const getVolatilityIndex = productRoute('GET', '/api/analytics/volatility-index/:product', {
  summary:
    'Model-free volatility index of 30 and of 9 days, the expiries it is made of, and that of the venue',
  description:
    'Variance strip of the VIX paper (2009) for the expiries around each maturity, total variance linear between them. ' +
    'An expiry without two-sided quotes is passed over; nothing is extrapolated. `venue_volatility_index` is what the venue ' +
    'publishes (DVOL of Deribit), not computed here.',
  query: atQuery,
  response: Type.Object({
    ...head,
    ...Type.Pick(ProductFiguresView, [
      ...INDEX_MATURITIES.map((days) => `volatility_index_${days}d` as const),
      'venue_volatility_index',
    ]).properties,
    null_reasons: ProductFiguresView.properties.null_reasons,
    count: Type.Integer(),
    expiries: Type.Array(StripTermView),
  }),
  table: listTable('expiries', StripTermView),
});

export const RealisedWindowView = Type.Object({
  sessions: Type.Integer(),
  ...(Object.fromEntries(REALISED_KINDS.map((kind) => [kind, NullableNumber])) as Record<
    (typeof REALISED_KINDS)[number],
    typeof NullableNumber
  >),
});

export const getRealisedVolatility = productRoute('GET', '/api/analytics/realised-volatility/:product', {
  summary:
    'Realised volatility over 5, 10, 20 and 60 sessions by six estimators, and the premium of the implied one',
  description:
    'Of complete sessions before that of `timestamp`; null where there are too few. Annualised by `sessions_per_year`.',
  query: atQuery,
  response: Type.Object({
    ...head,
    sessions_per_year: Type.Integer(),
    observations: Type.Integer({ description: 'Complete sessions with prices, at most 253' }),
    ...Type.Pick(ProductFiguresView, ['iv_30d', 'variance_risk_premium', 'volatility_risk_premium'])
      .properties,
    count: Type.Integer(),
    windows: Type.Array(RealisedWindowView),
  }),
  table: listTable('windows', RealisedWindowView),
});

export const ForecastView = Type.Object({
  model: Type.Enum([...VOLATILITY_MODELS]),
  horizon: Type.Enum([...VOLATILITY_HORIZONS], { description: 'Sessions ahead' }),
  volatility: nullable(Type.Number({ description: 'Annualised fraction' })),
  qlike: nullable(Type.Number({ description: 'Mean out-of-sample loss; 0 is perfect' })),
  qlike_of_last_value: nullable(Type.Number({ description: 'The same of "last value"' })),
  r2: nullable(Type.Number({ description: 'Out of sample, against "last value"' })),
  evaluations: Type.Integer({ description: 'Forecasts that were judged' }),
});

export const getForecast = productRoute('GET', '/api/analytics/forecast/:product', {
  summary:
    'Forecasts of realised volatility by HAR-RV, EWMA and GARCH(1,1), with their out-of-sample quality',
  description:
    'Fitted anew to what was known after each session, and judged on the sessions that followed. Null below 60 sessions.',
  query: atQuery,
  response: Type.Object({
    ...head,
    sessions: Type.Integer({ description: 'Complete sessions with prices, at most 252' }),
    null_reason: NullReason,
    count: Type.Integer(),
    forecasts: Type.Array(ForecastView),
  }),
  table: listTable('forecasts', ForecastView),
});
