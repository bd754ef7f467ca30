import type { Figure, FigureFormat } from './figure.ts';

/** A figure of a product, across its expiries and sessions: a number, or null with a reason. */
export interface ProductFigure extends Figure {
  /** Its place on the wire. Given once, in ascending order, and never given again or changed. */
  readonly id: number;
  readonly value: 'nullable';
  readonly nullWhen: string;
  readonly format: Exclude<FigureFormat, 'name' | 'instant'>;
}

/** Calendar days of the volatilities at constant maturity. */
export const IV_MATURITIES = [7, 14, 30, 60, 90, 180] as const;
/** Calendar days of the volatility indices. */
export const INDEX_MATURITIES = [30, 9] as const;
/** Sessions over which realised volatility is taken. */
export const REALISED_WINDOWS = [5, 10, 20, 60] as const;
export const REALISED_KINDS = [
  'close_to_close',
  'parkinson',
  'garman_klass',
  'rogers_satchell',
  'yang_zhang',
  'intraday',
] as const;
export const VOLATILITY_MODELS = ['har', 'ewma', 'garch'] as const;
/** Sessions ahead of the forecasts. */
export const VOLATILITY_HORIZONS = [1, 5, 22] as const;
const EXPOSURES = ['gex', 'dex', 'vex', 'vanna_exposure', 'charm_exposure'] as const;
const EXPOSURE_TOTALS = ['net', 'gross'] as const;

const ANNUAL = 'annualised fraction';
const common = { value: 'nullable', since: '0.2.0' } as const;
const volatility = { ...common, unit: ANNUAL, group: 'volatility', format: 'volatility' } as const;

/** The figures of each pair of two lists, the second one fastest, with ids from `firstId` on. */
function eachOf<const A extends string | number, const B extends string | number, Name extends string>(
  firstId: number,
  [as, bs]: readonly [readonly A[], readonly B[]],
  name: (a: A, b: B) => Name,
  figure: (a: A, b: B) => Omit<ProductFigure, 'id'>,
): Record<Name, ProductFigure> {
  const pairs = as.flatMap((a) => bs.map((b) => [a, b] as const));
  return Object.fromEntries(
    pairs.map(([a, b], i) => [name(a, b), { id: firstId + i, ...figure(a, b) }]),
  ) as Record<Name, ProductFigure>;
}

const TITLES: Readonly<Record<string, string>> = {
  close_to_close: 'close to close',
  parkinson: 'Parkinson',
  garman_klass: 'Garman-Klass',
  rogers_satchell: 'Rogers-Satchell',
  yang_zhang: 'Yang-Zhang',
  intraday: 'intraday',
  har: 'HAR-RV',
  ewma: 'EWMA',
  garch: 'GARCH',
  gex: 'GEX',
  dex: 'DEX',
  vex: 'VEX',
  vanna_exposure: 'Vanna exposure',
  charm_exposure: 'Charm exposure',
};
const EXPOSURE_UNITS: Readonly<Record<(typeof EXPOSURES)[number], string>> = {
  gex: 'quote currency per 1% move',
  dex: 'quote currency',
  vex: 'quote currency per volatility point',
  vanna_exposure: 'quote currency per volatility point',
  charm_exposure: 'quote currency per calendar day',
};
const MEASURES = ['', '_qlike', '_r2'] as const;
const forecastNull =
  'there are fewer than 60 sessions with prices, or too few more to judge it by; the model could not be fitted';

/** The figures of a product by name, in the order in which they are shown. */
export const PRODUCT_FIGURES = {
  iv_nearest: {
    ...volatility,
    id: 0,
    title: 'ATM IV, nearest',
    description: 'At-the-money volatility of the nearest expiry that is more than a day away',
    nullWhen: 'there is no such expiry, or its chain has none',
    source: '`atm_iv` of its chain',
    example: 0.1187,
  },
  ...eachOf(
    1,
    [IV_MATURITIES, ['']],
    (days) => `iv_${days}d` as const,
    (days) => ({
      ...volatility,
      title: `IV, ${days} days`,
      description: `At-the-money volatility at a constant maturity of ${days} calendar days`,
      nullWhen: 'the maturity does not lie between two expiries that have one; nothing is extrapolated',
      source: 'linear in total variance between expiries',
      example: 0.1242,
    }),
  ),
  term_slope: {
    ...volatility,
    id: 7,
    title: 'Term slope',
    description: '`iv_60d` less `iv_30d`',
    nullWhen: 'either is',
    source: 'difference',
    example: 0.0064,
  },
  ...eachOf(
    8,
    [INDEX_MATURITIES, ['']],
    (days) => `volatility_index_${days}d` as const,
    (days) => ({
      ...volatility,
      unit: 'volatility points',
      title: `Volatility index, ${days} days`,
      description: `Model-free volatility of ${days} calendar days from the quotes of all strikes; 13.2 is 13.2%`,
      nullWhen: `no two expiries around ${days} days have two-sided quotes`,
      source: 'variance strip of the CBOE VIX paper (2009), total variance linear between expiries',
      format: 'points',
      example: 13.21,
    }),
  ),
  venue_volatility_index: {
    ...volatility,
    id: 77,
    unit: 'volatility points',
    title: "Venue's volatility index",
    description:
      'The volatility index that the venue publishes, such as DVOL of Deribit, beside those computed here',
    nullWhen:
      'its exchange publishes none (`no_venue_index`), or none was received of late (`venue_index_not_recorded`)',
    source: 'last tick of `BTC.DVOL` at or before the newest chain',
    format: 'points',
    example: 42.1,
  },
  iv_rank: {
    ...common,
    id: 10,
    title: 'IV rank',
    unit: 'percent',
    description:
      '`iv_30d` between the least and the greatest of its closing values of the 252 sessions before; below 0 or above ' +
      '100 where it leaves them',
    nullWhen: 'there is no `iv_30d`, fewer than 20 sessions have one, or all are equal',
    source: '100 (iv - low) / (high - low)',
    group: 'volatility',
    format: 'percentage',
    example: 41.7,
  },
  iv_percentile: {
    ...common,
    id: 11,
    title: 'IV percentile',
    unit: 'percent',
    description: 'Share of those closing values that lie below `iv_30d`',
    nullWhen: 'there is no `iv_30d`, or fewer than 20 sessions have one',
    source: '100 x count below / count',
    group: 'volatility',
    format: 'percentage',
    example: 48.2,
  },
  iv_observations: {
    ...common,
    id: 12,
    title: 'IV observations',
    unit: 'sessions',
    description: 'Sessions that the rank and the percentile are of, at most 252',
    nullWhen: 'a release without it computed the others (`not_recorded`)',
    source: 'count',
    group: 'volatility',
    format: 'count',
    example: 163,
  },
  ...eachOf(
    13,
    [REALISED_KINDS, REALISED_WINDOWS],
    (kind, sessions) => `rv_${kind}_${sessions}` as const,
    (kind, sessions) => ({
      ...volatility,
      title: `RV, ${TITLES[kind]}, ${sessions}`,
      description: `Realised volatility over the last ${sessions} complete sessions, ${TITLES[kind]}`,
      nullWhen: 'fewer sessions have prices',
      source: 'docs/figures.md#realised-volatility',
      example: 0.1034,
    }),
  ),
  variance_risk_premium: {
    ...volatility,
    id: 37,
    title: 'Variance risk premium',
    unit: 'annualised variance',
    description: 'Implied variance of 30 days less the realised one of 20 sessions',
    nullWhen: 'there is no `iv_30d` or no `rv_close_to_close_20`',
    source: 'iv_30d^2 - rv_close_to_close_20^2',
    format: 'fraction',
    example: 0.0047,
  },
  volatility_risk_premium: {
    ...volatility,
    id: 38,
    title: 'Volatility risk premium',
    description: 'The same as a difference of volatilities',
    nullWhen: 'as `variance_risk_premium`',
    source: 'iv_30d - rv_close_to_close_20',
    example: 0.0208,
  },
  ...eachOf(
    39,
    [EXPOSURES, EXPOSURE_TOTALS],
    (kind, total) => `total_${kind}_${total}` as const,
    (kind, total) => ({
      ...common,
      title: `Total ${TITLES[kind]}, ${total}`,
      unit: EXPOSURE_UNITS[kind],
      description: `Sum of \`${kind}_${total}\` over the unexpired expiries that have one`,
      nullWhen: 'no expiry has one',
      source: 'sum',
      group: 'exposure',
      format: 'money',
      example: 2_310_000_000,
    }),
  ),
  zero_dte_share: {
    ...common,
    id: 49,
    title: 'Zero-DTE share',
    unit: 'fraction',
    description: 'Part of `total_gex_gross` that belongs to contracts which expire in the session',
    nullWhen: '`total_gex_gross` is, or is 0',
    source: 'gex_gross of the expiry / total_gex_gross',
    group: 'exposure',
    format: 'share',
    example: 0.36,
  },
  ...eachOf(
    50,
    [
      VOLATILITY_MODELS.flatMap((model) => VOLATILITY_HORIZONS.map((ahead) => `${model}_${ahead}` as const)),
      MEASURES,
    ],
    (forecast, measure) => `forecast_${forecast}${measure}` as const,
    (forecast, measure) => {
      const [model, ahead] = forecast.split('_');
      const name = `${TITLES[model]}, ${ahead} ${ahead === '1' ? 'session' : 'sessions'}`;
      const shared = { ...volatility, nullWhen: forecastNull, source: 'docs/figures.md#forecasts' };
      switch (measure) {
        case '':
          return {
            ...shared,
            title: `Forecast, ${name}`,
            description: `Forecast of the realised volatility of the next ${ahead} sessions by ${TITLES[model]}`,
            example: 0.1121,
          };
        case '_qlike':
          return {
            ...shared,
            title: `QLIKE, ${name}`,
            unit: 'loss; 0 is perfect',
            description: 'Mean out-of-sample loss of such forecasts in the sessions before',
            format: 'ratio',
            example: 0.182,
          };
        case '_r2':
          return {
            ...shared,
            title: `R2, ${name}`,
            unit: 'fraction',
            description:
              'Out-of-sample R^2 of such forecasts against "last value"; negative where that was better',
            format: 'ratio',
            example: 0.27,
          };
      }
    },
  ),
} as const satisfies Readonly<Record<string, ProductFigure>>;

export type ProductFigureName = keyof typeof PRODUCT_FIGURES;

/** Names in the order in which they are shown. */
export const PRODUCT_FIGURE_NAMES = Object.keys(PRODUCT_FIGURES) as readonly ProductFigureName[];

/** Names by id, which is the order of the wire. */
export const PRODUCT_FIGURES_BY_ID: readonly ProductFigureName[] = PRODUCT_FIGURE_NAMES.toSorted(
  (a, b) => PRODUCT_FIGURES[a].id - PRODUCT_FIGURES[b].id,
);

export type ProductFigureValues = Readonly<Record<ProductFigureName, number | null>>;
